# frozen_string_literal: true

require_relative "helper"
require "open3"
require "rbconfig"

class ReadmeTest < Minitest::Test
  README = File.expand_path("../README.md", __dir__)

  def test_the_first_program_prints_what_it_says
    program, output = File.read(README).match(/```ruby\n(.*?)```.*?```text\n(.*?)```/m).captures
    printed, status = Open3.capture2e(RbConfig.ruby, "-w", "-", stdin_data: program)
    assert_predicate status, :success?, printed
    assert_equal output, printed
  end
end
