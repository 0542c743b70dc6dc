# frozen_string_literal: true

# Makes the gem: this folder with what SWIG made, so that nobody needs SWIG to install it.
#
# usage: package.rb WRAPPER LICENSE GEM

require "fileutils"
require "rubygems/package"
require "tmpdir"

wrapper, license, gem = ARGV.map { |path| File.expand_path(path) }
Dir.mktmpdir do |folder|
  FileUtils.cp_r(%w[lib ext sig README.md thing.gemspec].map { |name| File.join(__dir__, name) }, folder)
  FileUtils.cp(license, File.join(folder, "LICENSE"))
  FileUtils.cp(wrapper, File.join(folder, "ext/thing/thing_raw_wrap.cxx"))
  Dir.chdir(folder) do
    built = Gem::DefaultUserInteraction.use_ui(Gem::SilentUI.new) do
      Gem::Package.build(Gem::Specification.load("thing.gemspec"))
    end
    FileUtils.mv(built, gem)
  end
end
