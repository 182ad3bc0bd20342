// SPDX-License-Identifier: Apache-2.0
// Records at the edge of how many fields there may be.
#pragma once

#include <flink/types/more_rungs.h>

#include <string>

namespace types_test {

// clang-format off
struct Wide128 {
  int f0{0}; int f1{1}; int f2{2}; int f3{3}; int f4{4}; int f5{5}; int f6{6}; int f7{7};
  int f8{8}; int f9{9}; int f10{10}; int f11{11}; int f12{12}; int f13{13}; int f14{14};
  int f15{15};
  int f16{16}; int f17{17}; int f18{18}; int f19{19}; int f20{20}; int f21{21}; int f22{22};
  int f23{23};
  int f24{24}; int f25{25}; int f26{26}; int f27{27}; int f28{28}; int f29{29}; int f30{30};
  int f31{31};
  int f32{32}; int f33{33}; int f34{34}; int f35{35}; int f36{36}; int f37{37}; int f38{38};
  int f39{39};
  int f40{40}; int f41{41}; int f42{42}; int f43{43}; int f44{44}; int f45{45}; int f46{46};
  int f47{47};
  int f48{48}; int f49{49}; int f50{50}; int f51{51}; int f52{52}; int f53{53}; int f54{54};
  int f55{55};
  int f56{56}; int f57{57}; int f58{58}; int f59{59}; int f60{60}; int f61{61}; int f62{62};
  int f63{63};
  int f64{64}; int f65{65}; int f66{66}; int f67{67}; int f68{68}; int f69{69}; int f70{70};
  int f71{71};
  int f72{72}; int f73{73}; int f74{74}; int f75{75}; int f76{76}; int f77{77}; int f78{78};
  int f79{79};
  int f80{80}; int f81{81}; int f82{82}; int f83{83}; int f84{84}; int f85{85}; int f86{86};
  int f87{87};
  int f88{88}; int f89{89}; int f90{90}; int f91{91}; int f92{92}; int f93{93}; int f94{94};
  int f95{95};
  int f96{96}; int f97{97}; int f98{98}; int f99{99}; int f100{100}; int f101{101};
  int f102{102}; int f103{103};
  int f104{104}; int f105{105}; int f106{106}; int f107{107}; int f108{108}; int f109{109};
  int f110{110}; int f111{111};
  int f112{112}; int f113{113}; int f114{114}; int f115{115}; int f116{116}; int f117{117};
  int f118{118}; int f119{119};
  int f120{120}; int f121{121}; int f122{122}; int f123{123}; int f124{124}; int f125{125};
  int f126{126}; int f127{127};
};
struct Wide65 {
  std::string s0; std::string s1; std::string s2; std::string s3; std::string s4;
  std::string s5; std::string s6; std::string s7; std::string s8; std::string s9;
  std::string s10; std::string s11; std::string s12; std::string s13; std::string s14;
  std::string s15; std::string s16; std::string s17; std::string s18; std::string s19;
  std::string s20; std::string s21; std::string s22; std::string s23; std::string s24;
  std::string s25; std::string s26; std::string s27; std::string s28; std::string s29;
  std::string s30; std::string s31; std::string s32; std::string s33; std::string s34;
  std::string s35; std::string s36; std::string s37; std::string s38; std::string s39;
  std::string s40; std::string s41; std::string s42; std::string s43; std::string s44;
  std::string s45; std::string s46; std::string s47; std::string s48; std::string s49;
  std::string s50; std::string s51; std::string s52; std::string s53; std::string s54;
  std::string s55; std::string s56; std::string s57; std::string s58; std::string s59;
  std::string s60; std::string s61; std::string s62; std::string s63; std::string s64;
};
// clang-format on

}  // namespace types_test
