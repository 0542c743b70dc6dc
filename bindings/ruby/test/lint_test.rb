# frozen_string_literal: true

require_relative "helper"
begin
  require "active_model"
rescue LoadError
  nil # the tests say so
end

class Cup < Thing::Model
  attribute :name, min_length: 3, unique: true
  attribute :size, :int, min: 1, default: 1
end

class Shelf < Thing::Model
  attribute :room, primary: true
  attribute :level, :int, primary: true
end

# What Rails asks of models: the lint tests of ActiveModel, and what forms and paths make of records.
class LintTest < ThingTest
  if defined?(ActiveModel::Lint)
    include ActiveModel::Lint::Tests
  end

  attr_reader :model

  def setup
    super
    skip "activemodel is not installed" unless defined?(ActiveModel)

    @model = Cup.new
  end

  def test_records_are_named_and_found_in_paths
    cup = Cup.create!(name: "mug")
    assert_equal ["1", [1], "cups/cup"], [cup.to_param, cup.to_key, cup.to_partial_path]
    assert_equal ["Cup", "cup", "cups"], [Cup.model_name.to_s, Cup.model_name.param_key, Cup.model_name.route_key]
    assert_equal "attic-2", Shelf.create!(room: "attic", level: 2).to_param
  end

  def test_errors_are_read_by_forms
    cup = Cup.new(name: "x", size: 0)
    refute_predicate cup, :valid?
    errors = cup.errors
    assert_equal %i[name size], errors.map(&:first)
    assert_equal [1, 1, 0], [errors[:name].size, errors["size"].size, errors[:id].size]
    assert_equal [2, true, false], [errors.count, errors.any?, errors.blank?]
    assert_equal errors.messages.map { |field, all| "#{field} #{all.first}" }, errors.full_messages
    cup.assign(name: "mug", size: 2)
    assert_predicate cup, :valid?
    assert_empty cup.errors
  end

  def test_a_field_that_is_missing_is_an_error_of_that_field
    cup = Cup.new
    refute cup.save
    assert_equal [:name], cup.errors.messages.keys
  end
end
