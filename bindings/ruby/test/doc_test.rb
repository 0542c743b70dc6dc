# frozen_string_literal: true

require_relative "helper"
require "open3"
require "rbconfig"

# What rdoc makes of the comments: everything public is documented, and nothing warned of.
class DocTest < Minitest::Test
  LIB = File.expand_path("../lib", __dir__)

  def test_all_that_is_public_is_documented
    report = rdoc("--coverage-report", LIB)
    assert_includes report, "100.00% documented"
    assert_operator report[/Methods:\s+(\d+)/, 1].to_i, :>, 100
  end

  # Reads all of what is in the pages: a link that leads nowhere is one that nobody sees.
  def test_pages_are_made_without_a_warning
    rdoc("--quiet", "--op", File.join(@folder, "pages"), "--main", "README.md", LIB, File.expand_path("../README.md", __dir__))
    page = File.read(File.join(@folder, "pages/Thing/Model.html"))
    assert_includes page, "Thing::RecordInvalid"
  end

  # rdoc of Ruby 3.1 takes the rest of the class for the body of such a method.
  def test_no_method_is_endless
    found = Dir["#{LIB}/**/*.rb"].flat_map { |path| File.readlines(path).grep(/^\s*def [\w.]+[?!]?(\([^)]*\))? = /) }
    assert_empty found
  end

  def setup = @folder = Dir.mktmpdir
  def teardown = FileUtils.rm_rf(@folder)

  private

  def rdoc(*words)
    printed, said, status = Open3.capture3({"RUBYOPT" => nil}, RbConfig.ruby, "-S", "rdoc", *words, chdir: @folder)
    assert_equal ["", true], [said.gsub(/^.*\d+%.*$|\r|\n/, ""), status.success?], printed
    printed
  end
end
