# frozen_string_literal: true

# Minitest with a TAP point for each test, so that cases are counted and failures named.
require "minitest"
require "thing"
require "tmpdir"
require "timeout"

class TapReporter < Minitest::AbstractReporter
  def start
    @number = 0
    @failed = 0
  end

  # What a test that never ends is called.
  def prerecord(_suite, name)
    puts "# #{name}"
    $stdout.flush
  end

  def record(result)
    @number += 1
    name = "#{result.klass}: #{result.name.delete_prefix("test_").tr("_", " ")}"
    return puts("ok #{@number} - #{name} # SKIP #{result.failure.message.lines.first.chomp}") if result.skipped?
    return puts("ok #{@number} - #{name}") if result.passed?

    @failed += 1
    puts "not ok #{@number} - #{name}"
    result.failures.each { |failure| puts "#{failure.message}\n#{failure.location}".gsub(/^/, "# ") }
  end

  def report
    puts "1..#{@number}"
    $stdout.flush
  end

  def passed? = @failed.zero?
end

class ThingTest < Minitest::Test
  # A database of its own for each test.
  def setup
    @folder = Dir.mktmpdir
    connect("sqlite:#{@folder}/test.db")
  end

  def teardown
    Thing.close
    FileUtils.rm_rf(@folder)
  end

  def connect(url)
    Thing.connect(url)
    Thing.sync
  end
end

require "fileutils"
at_exit do
  next if $! && !($!.is_a?(SystemExit) && $!.success?)

  Minitest.seed = Integer(ENV.fetch("SEED", Random.new_seed % 100_000))
  puts "# SEED=#{Minitest.seed}"
  reporter = TapReporter.new
  reporter.start
  options = {seed: Minitest.seed, io: $stdout}
  Minitest::Runnable.runnables.each do |suite|
    suite.run(reporter, options) unless suite.runnable_methods.empty?
  end
  reporter.report
  exit!(reporter.passed? ? 0 : 1)
end
