# frozen_string_literal: true

require_relative "helper"

class ApplicationRecord < Thing::Model
  self.abstract_class = true
  timestamps
  before_save { |record| SAVED << record.class.name }

  SAVED = [] # rubocop:disable Style/MutableConstant
end

class Member < ApplicationRecord
  attribute :name, trim: true
  attribute :email, case: :lower
  attributes age: :int?, code: :text?, starts: :date?, ends: :date?
  attribute :level, :int, default: 1, in: [1, 2, 3]
  attribute :joined, :datetime, default: :now, epoch: :s
  attribute :admin, :bool, default: false
  guarded :admin
  validates :name, presence: true, length: {minimum: 2, maximum: 10}
  validates :email, format: /\A[^@ ]+@[^@ ]+\z/, uniqueness: true
  validates :age, range: 0..150
  validates :code, format: {with: /^ab?c$/i}, length: {is: 3}
  validate { |member| member.errors.add(:ends, :order, "comes before the start") if member.ends && member.ends < member.starts }
  validate :no_bob

  def no_bob
    errors.add(:name, "bob", "is Bob") if name == "Bob"
  end
end

class RulesTest < ThingTest
  def member(**values) = Member.new(name: "Ann", email: "a@b", **values)
  def broken(record) = record.errors.map { |one| one.first(2) }

  def test_rules_are_those_of_the_library
    assert_predicate member, :valid?
    {{name: ""} => [[:name, "required"]], {name: "A"} => [[:name, "minLength"]], {name: "A" * 11} => [[:name, "maxLength"]],
     {email: "ab"} => [[:email, "pattern"]], {age: 151} => [[:age, "max"]], {age: -1} => [[:age, "min"]], {level: 4} => [[:level, "in"]],
     {code: "ABD"} => [[:code, "pattern"]], {code: "x\nABC"} => [[:code, "maxLength"]],
     {name: "", age: 200} => [[:name, "required"], [:age, "max"]]}.each do |values, expected|
      one = member(**values)
      refute_predicate one, :valid?, values.inspect
      assert_equal expected, broken(one), values.inspect
      refute one.save
      assert_equal expected, broken(one)
    end
    assert_equal 0, Member.count
  end

  def test_rules_in_ruby_join_them
    one = member(starts: Date.new(2024, 2, 1), ends: Date.new(2024, 1, 1), age: 200, name: "Bob")
    error = assert_raises(Thing::RecordInvalid) { one.save! }
    assert_equal [[:ends, "order"], [:name, "bob"], [:age, "max"]], broken(one)
    assert_equal ["ends comes before the start", "name is Bob"], one.errors.full_messages.first(2)
    assert_equal ["is Bob"], one.errors[:name]
    assert_equal [%w[ends name age], "Member", "E_CHECK"], [error.fields, error.model, error.status]
    refute one.save
    one.assign(ends: nil, age: 1, name: "Bert")
    assert one.save
    assert_empty one.errors
    assert_raises(Thing::RecordInvalid) { Member.save_all([member(name: "Eve", email: "e@b"), member(name: "Bob", email: "c@b")]) }
    assert_equal 1, Member.count
  end

  def test_what_no_rule_can_be_is_refused
    klass = Class.new(Thing::Model) { attributes name: :text, age: :int }
    assert_raises(ArgumentError) { klass.validates :nam, presence: true }
    assert_raises(ArgumentError) { klass.validates :age, numericality: {odd: true} }
    assert_raises(ArgumentError) { klass.validates :name, format: /a b/x }
    assert_raises(ArgumentError) { klass.attribute :errors }
    assert_raises(ArgumentError) { klass.attribute :x, :number }
  end

  def test_values_are_put_into_one_form
    one = Member.create!(name: " Ann ", email: "A@B")
    assert_equal ["Ann", "a@b", 1, false], [one.name, one.email, one.level, one.admin]
    assert_in_delta Time.now.to_f, one.joined.to_f, 60
    assert_raises(Thing::UniqueViolation) { Member.create!(name: "Eve", email: "a@B") }
  end

  def test_numbers_are_times_where_the_model_says_so
    Member.call(:create, data: {name: "Ann", email: "a@b", joined: 86_400})
    assert_equal Time.utc(1970, 1, 2), Member.first.joined
    assert_equal 1, Member.where(joined: {lte: 86_400}).count
  end

  def test_input_from_outside_fills_what_it_may
    one = member
    one.fill({"name" => "Eve", "admin" => true})
    assert_equal ["Eve", nil], [one.name, one.admin]
    assert_raises(Thing::InvalidArgument) { one.fill({admin: true}, strict: true) }
    assert_raises(Thing::InvalidArgument) { one.fill({nobody: 1}) }
    one.fill({name: "Zoe", age: 3}, if_absent: true)
    assert_equal ["Eve", 3], [one.name, one.age]
  end

  def test_a_class_has_what_its_base_has
    ApplicationRecord::SAVED.clear
    one = Member.create!(name: "Ann", email: "a@b")
    assert_equal %w[Member], ApplicationRecord::SAVED
    assert_kind_of Time, one.created_at
    assert_equal "members", Member.table_name
    assert_equal :date, Member.types[:ends]
    assert_equal "Member", JSON.parse(Member.definition).fetch("name")
  end
end
