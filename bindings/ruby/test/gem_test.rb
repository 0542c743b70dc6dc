# frozen_string_literal: true

require_relative "helper"
require "open3"
require "rbconfig"
require "rubygems/package"

# The gem, installed into a folder of its own against an installed library. THING_GEM is the gem, THING_BUILD the folder
# that the library was built in.
class GemTest < Minitest::Test
  PROGRAM = <<~RUBY
    require "thing"
    class Cat < Thing::Model
      attribute :name, unique: true
    end
    Thing.connect("sqlite::memory:")
    Thing.sync
    Cat.create!(name: "Tom")
    puts Cat.find_by(name: "Tom").id, $LOADED_FEATURES.grep(/thing_raw/), Thing.version
  RUBY

  def setup
    @gem = ENV.fetch("THING_GEM") { skip "THING_GEM is not set" }
    @folder = Dir.mktmpdir
  end

  def teardown = @folder && FileUtils.rm_rf(@folder)

  def test_it_holds_all_that_is_needed_and_nothing_of_the_machine_that_made_it
    spec = Gem::Package.new(@gem).spec
    assert_equal ["thing", Thing::VERSION], [spec.name, spec.version.to_s]
    %w[ext/thing/thing_raw_wrap.cxx ext/thing/extconf.rb lib/thing.rb sig/thing.rbs README.md LICENSE].each do |name|
      assert_includes spec.files, name
    end
    Gem::Package.new(@gem).extract_files(@folder)
    build = ENV.fetch("THING_BUILD")
    Dir["#{@folder}/**/*"].select { |path| File.file?(path) }.each { |path| refute_includes File.binread(path), build, path }
  end

  def test_it_is_built_against_an_installed_library_and_used
    lib = installed_library
    home = File.join(@folder, "home")
    run!({"PKG_CONFIG_PATH" => "#{lib}/pkgconfig", "PKG_CONFIG_SYSROOT_DIR" => @folder, "PKG_CONFIG_ALLOW_SYSTEM_LIBS" => "1",
          "PKG_CONFIG_ALLOW_SYSTEM_CFLAGS" => "1", "LD_LIBRARY_PATH" => lib},
         "-S", "gem", "install", "--local", "--no-document", "--install-dir", home, @gem)
    id, loaded, version = run!({"GEM_HOME" => home, "GEM_PATH" => home, "LD_LIBRARY_PATH" => lib}, "-w", "-e", PROGRAM).lines(chomp: true)
    assert_equal ["1", Thing::VERSION], [id, version]
    assert loaded.start_with?(home), loaded
  end

  def test_without_a_library_it_says_so
    said, status = Open3.capture2e({"RUBYLIB" => nil, "PKG_CONFIG_PATH" => nil, "PKG_CONFIG_LIBDIR" => @folder}, RbConfig.ruby, "-S",
                                   "gem", "install", "--local", "--no-document", "--install-dir", @folder, @gem)
    refute_predicate status, :success?
    assert_includes said, "libthing is not found"
  end

  private

  def installed_library
    done, status = Open3.capture2e("meson", "install", "-C", ENV.fetch("THING_BUILD"), "--no-rebuild", "--quiet", "--tags", "runtime,devel", "--destdir", @folder)
    assert_predicate status, :success?, done
    File.dirname(Dir["#{@folder}/**/libthing.so"].fetch(0))
  end

  # What Ruby prints, without what this test itself has in its environment.
  def run!(env, *words)
    printed, status = Open3.capture2e({"RUBYLIB" => nil, "RUBYOPT" => nil, **env}, RbConfig.ruby, *words)
    assert_predicate status, :success?, printed
    printed
  end
end
