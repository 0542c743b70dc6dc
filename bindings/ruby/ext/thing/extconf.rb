# frozen_string_literal: true

# Builds the extension for a gem that is being installed, against the library that pkg-config finds.
require "mkmf"

unless pkg_config("thing")
  abort "libthing is not found: install it, and put the folder of its thing.pc into PKG_CONFIG_PATH"
end
unless File.exist?(File.join(__dir__, "thing_raw_wrap.cxx"))
  abort "thing_raw_wrap.cxx is not here: it comes with the gem, which package.rb makes"
end

# The wrapper is generated: what SWIG's runtime warns of is not for those who install.
$warnflags = "" # rubocop:disable Style/GlobalVars
$CXXFLAGS << " -std=c++20 -fvisibility=hidden -DSWIG_TYPE_TABLE=thing -Wno-deprecated-declarations" # rubocop:disable Style/GlobalVars
create_makefile("thing_raw")
