# frozen_string_literal: true

require_relative "helper"
require "open3"
require "pathname"
require "rbconfig"
require "rdoc"
begin
  require "rbs"
  require "rbs/cli"
rescue LoadError
  nil # the tests say so
end

# The signatures in sig/thing.rbs are of what there is, and of all that is documented.
class SigTest < Minitest::Test
  FOLDER = File.expand_path("..", __dir__)
  SUITES = %w[query key error transaction hook].freeze

  def setup
    skip "rbs is not installed" unless defined?(RBS)

    loader = RBS::EnvironmentLoader.new
    loader.add(path: Pathname("#{FOLDER}/sig"))
    @environment = RBS::Environment.from_loader(loader).resolve_type_names
    @signatures = RBS::DefinitionBuilder.new(env: @environment)
  end

  def test_they_hold_together
    printed = StringIO.new
    RBS::CLI.new(stdout: printed, stderr: printed).run(["-I", "#{FOLDER}/sig", "validate", "--silent"])
    assert_empty printed.string
  end

  # A signature of what is not there, or is private, promises what nobody keeps.
  def test_what_has_a_signature_is_there
    absent = declared.reject { |type, single, name| public?(type, single, name) }
    assert_empty absent
    assert_operator declared.size, :>, 150
  end

  def test_what_is_documented_has_a_signature
    assert_operator documented.size, :>, 100
    assert_empty documented - declared
  end

  SUITES.each do |suite|
    define_method("test_values_are_of_their_types_in_the_tests_of_#{suite}") do
      env = {"RUBYOPT" => "-rrbs/test/setup", "RBS_TEST_TARGET" => "Thing::*", "RBS_TEST_OPT" => "-I #{FOLDER}/sig",
             "RBS_TEST_LOGLEVEL" => "error", "RBS_TEST_RAISE" => "true"}
      printed, status = Open3.capture2e(env, RbConfig.ruby, "#{FOLDER}/test/#{suite}_test.rb")
      assert_predicate status, :success?, printed
    end
  end

  private

  def ours = @environment.class_decls.keys.select { |name| name.to_s.start_with?("::Thing::") || name.to_s == "::Thing" }

  # [class, whether of the class itself, name] of each method in the signatures.
  def declared
    ours.flat_map do |type|
      [[false, @signatures.build_instance(type)], [true, @signatures.build_singleton(type)]].flat_map do |single, definition|
        own = definition.methods.select { |_, method| method.defined_in == type }
        own.keys.map { |name| [type.to_s.delete_prefix("::"), single && name != :new, name == :new ? :initialize : name] }
      end
    end.uniq
  end

  def public?(type, single, name)
    return true if name == :initialize

    owner = Object.const_get(type)
    single ? owner.respond_to?(name) : owner.public_method_defined?(name)
  end

  # The same of what rdoc shows.
  def documented
    @documented ||= Dir.mktmpdir do |folder|
      system(RbConfig.ruby, "-S", "rdoc", "--quiet", "--format=ri", "--op", "#{folder}/ri", "#{FOLDER}/lib", exception: true)
      store = RDoc::Store.new("#{folder}/ri", nil)
      store.load_all
      store.all_classes_and_modules.flat_map do |type|
        type.method_list.map { |method| [type.full_name, method.name == "new" ? false : method.singleton, named(method)] }
      end
    end
  end

  def named(method) = method.name == "new" ? :initialize : method.name.to_sym
end
