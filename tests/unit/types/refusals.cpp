// SPDX-License-Identifier: Apache-2.0
// Every type here is refused, each with one line; refusals.sh compiles this and reads the errors.
#include <flink/formats/csv.h>
#include <flink/types/key_hash.h>
#include <flink/types/print.h>
#include <flink/types/schema.h>
#include <flink/types/serializer.h>
#include <flink/types/views.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

// One refusal a line.
// clang-format off
struct RawArray { int a; int b[3]; };  // expect RawArrayField<RawArray, 1>
struct OneRawArray { char a[1]; };  // expect RawArrayField<OneRawArray, 0>
struct Pointer { int a; const char* b; };  // expect PointerField<Pointer, 1>
struct DeepPointer { std::vector<std::optional<int*>> a; };  // expect PointerField<DeepPointer, 0>
struct Smart { std::unique_ptr<int> a; };  // expect SmartPointerField<Smart, 0>
struct Ref { int a; int& b; };  // expect ReferenceField<Ref, 1>
struct Const { int a; const int b; };  // expect ConstField<Const, 1>
class NoDefault { public: explicit NoDefault(int); };
struct HoldsNoDefault { int a; NoDefault b; };  // expect NoDefaultField<HoldsNoDefault, 1>
struct Base { int a; };
struct Derived : Base { int b; };  // expect BaseWithData<Derived, -1>
struct Bits { int a; int b : 3; };  // expect BitField<Bits, 1>
struct Union { int a; union { int b; float c; }; };  // expect UnionField<Union, 1>
struct LongDouble { long double a; };  // expect LongDoubleField<LongDouble, 0>
struct Span { std::span<const int> a; };  // expect WideSpanField<Span, 0>
class Private { int a_ = 0; };
struct HoldsPrivate { int a; std::map<int, Private> b; };  // expect NoSerializer<HoldsPrivate, 1>
struct Function { std::function<void()> a; };  // expect NoSerializer<Function, 0>
struct Inner { int* a; };
struct Outer { int a; Inner b; };  // expect PointerField<Inner, 0>
struct Many {  // expect TooManyFields<Many, -1>
#define EIGHT(p) int p##0, p##1, p##2, p##3, p##4, p##5, p##6, p##7;
  EIGHT(a) EIGHT(b) EIGHT(c) EIGHT(d) EIGHT(e) EIGHT(f) EIGHT(g) EIGHT(h) EIGHT(i)
  EIGHT(j) EIGHT(k) EIGHT(l) EIGHT(m) EIGHT(n) EIGHT(o) EIGHT(p) EIGHT(q)
};
struct ViewKey { std::string_view a; };  // expect ViewInKey<ViewKey>
struct SetKey { std::set<int> a; };  // expect UnorderedKey<SetKey>
struct KeptView { int a; std::string_view b; };  // expect AggregateWithViews<KeptView>
struct Source { int a; long b; };
struct Target { int a; int b; };  // expect MissingField<Target, 1, Source>
struct NestedRow { int a; std::vector<int> b; };  // expect NestedCsvColumn<NestedRow, 1>

// Everything that takes a type is used with a refused one: none may fail beyond the one line.
template <class T>
void use(T& value) {
  flink::ByteWriter out;
  flink::ByteReader in{out.view()};
  flink::Serializer<T>::write(out, value);
  flink::Serializer<T>::read(in, value);
  flink::write_range(out, &value, 1);
  flink::read_range(in, &value, 1);
  std::string text = flink::schema_of<T>();
  flink::print_value(text, value);
  flink::schema_fingerprint<T>();
  flink::key_hash(value);
  flink::key_equal(value, value);
  flink::CsvFormat<T>::write(out, value);
  flink::CsvFormat<T>::write_line(text, value);
  flink::CsvFormat<T>::parse("", value, text);
  flink::for_each_field(value, [](std::string_view, auto&) {});
  flink::find_field<T>("a");
  (void)flink::has_views<T>;
}
template <class... T>
void use_all(T&... value) {
  (use(value), ...);
}
void refused(RawArray& a, OneRawArray& b, Pointer& c, DeepPointer& d, Smart& e, Ref& f, Const& g,
             HoldsNoDefault& h, Derived& i, Bits& j, Union& k, LongDouble& l, Span& m,
             HoldsPrivate& n, Function& o, Outer& p, Many& q) {
  use_all(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q);
}
void refused_uses(ViewKey& a, SetKey& b, KeptView& c, Source& d, NestedRow& e) {
  flink::key_hash(a);
  flink::key_hash(b);
  (void)flink::to_owned(c);
  (void)flink::convert<Target>(d);
  flink::ByteWriter out;
  flink::CsvFormat<NestedRow>::write(out, e);
}
