# frozen_string_literal: true

require_relative "helper"
require "open3"
require "rbconfig"

# The examples print what those in C print, whose folder is THING_C_EXAMPLES.
class ExampleTest < Minitest::Test
  Dir[File.expand_path("../examples/*.rb", __dir__)].reject { _1.end_with?("/show.rb") }.each do |path|
    name = File.basename(path, ".rb")
    define_method("test_#{name}_prints_what_it_prints_in_c") do
      folder = ENV.fetch("THING_C_EXAMPLES") { skip "THING_C_EXAMPLES is not set" }
      expected, status = Open3.capture2(File.join(folder, name))
      assert_predicate status, :success?
      printed, said, status = Open3.capture3(RbConfig.ruby, "-w", path)
      assert_equal ["", true], [said, status.success?]
      assert_equal expected, printed
    end
  end
end
