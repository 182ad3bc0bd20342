// SPDX-License-Identifier: Apache-2.0
#include <flink/arguments.h>

#include <charconv>

namespace flink {

namespace {

bool is_name(std::string_view text) {
  if (!text.starts_with('-')) return false;
  text.remove_prefix(text.starts_with("--") ? 2 : 1);
  // "-5" is a value.
  return !text.empty() && !(text[0] >= '0' && text[0] <= '9') && text[0] != '.';
}

// What follows a value.
std::string second_value(const std::string& name, const std::string& value,
                         const std::string& word) {
  std::string out = " (" + name + " is \"" + value + "\" already";
  const auto like_file = [](const std::string& text) {
    return text.find_first_of("./") != std::string::npos;
  };
  if (like_file(value) && like_file(word)) {
    out += "; of a pattern such as *.csv the shell makes one word a file: give their directory";
  }
  return out + ")";
}

}  // namespace

Arguments::Arguments(const std::vector<std::string>& arguments, bool describing)
    : describing_(describing) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string_view word = arguments[i];
    if (!is_name(word)) {
      throw ArgumentError{
          ErrorKind::user,
          "job argument \"" + arguments[i] + "\" does not belong to a name" +
              (i < 2 || is_name(arguments[i - 1]) || !is_name(arguments[i - 2])
                   ? ""
                   : second_value(arguments[i - 2], arguments[i - 1], arguments[i])) +
              ": write --name value, --name=value "
              "or --flag"};
    }
    word.remove_prefix(word.starts_with("--") ? 2 : 1);
    const auto equals = word.find('=');
    const std::string name{word.substr(0, equals)};
    std::string value;
    if (equals != std::string_view::npos) value = word.substr(equals + 1);
    else if (i + 1 < arguments.size() && !is_name(arguments[i + 1])) value = arguments[++i];
    else bare_.insert(name);
    const auto [known, fresh] = values_.emplace(name, value);
    if (!fresh) {
      throw ArgumentError{ErrorKind::user, "job argument --" + name + " is given twice, as \"" +
                                               known->second + "\" and \"" + value +
                                               "\": give it once"};
    }
  }
}

bool Arguments::has(std::string_view name) const { return find(name) != nullptr; }

const std::string* Arguments::find(std::string_view name) const {
  asked_.emplace(name);
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

void Arguments::missing(std::string_view name) const {
  if (describing_) {
    placeholders_.emplace(name);
    return;
  }
  throw ArgumentError{ErrorKind::user, "the job needs the argument --" + std::string{name} +
                                           ": give it after --, as in ./job -- --" +
                                           std::string{name} + " VALUE"};
}

void Arguments::check_value(std::string_view name) const {
  if (!bare_.contains(name)) return;
  throw ArgumentError{ErrorKind::user, "job argument --" + std::string{name} +
                                           " has no value: write --" + std::string{name} +
                                           " VALUE, or --" + std::string{name} +
                                           "=VALUE for one that begins with a dash or is empty"};
}

void Arguments::malformed(std::string_view name, const std::string& text, const char* expected) {
  throw ArgumentError{ErrorKind::user, "job argument --" + std::string{name} + " is \"" + text +
                                           "\"; expected " + expected};
}

std::vector<std::string> Arguments::unused() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : values_) {
    if (!asked_.contains(name)) names.push_back(name);
  }
  return names;
}

template <class Number>
bool Arguments::read_number(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}
template bool Arguments::read_number(std::string_view text, char& value);
template bool Arguments::read_number(std::string_view text, signed char& value);
template bool Arguments::read_number(std::string_view text, unsigned char& value);
template bool Arguments::read_number(std::string_view text, short& value);
template bool Arguments::read_number(std::string_view text, unsigned short& value);
template bool Arguments::read_number(std::string_view text, int& value);
template bool Arguments::read_number(std::string_view text, unsigned& value);
template bool Arguments::read_number(std::string_view text, long& value);
template bool Arguments::read_number(std::string_view text, unsigned long& value);
template bool Arguments::read_number(std::string_view text, long long& value);
template bool Arguments::read_number(std::string_view text, unsigned long long& value);
template bool Arguments::read_number(std::string_view text, float& value);
template bool Arguments::read_number(std::string_view text, double& value);
template bool Arguments::read_number(std::string_view text, long double& value);

}  // namespace flink
