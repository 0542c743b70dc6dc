# frozen_string_literal: true

require_relative "helper"

class Chair < Thing::Model
  attribute :hall, primary: true
  attribute :place, :int, primary: true
  attribute :price, :decimal, null: true
  attribute :sold, :int, default: 0
end

class Word < Thing::Model
  attribute :text, primary: true
  before_save { |word| raise Thing::CallbackRefused, "not that one" if word.text == "rude" }
  after_create { |word| raise IndexError, "late" if word.text == "late" }
  after_create { |word| throw :away if word.text == "thrown" }
  after_rollback { |word| GONE << word.text }
  after_rollback { raise "lost" }
  GONE = [] # rubocop:disable Style/MutableConstant
end

# Models whose key is not called id, and what else comes with such.
class KeyTest < ThingTest
  def test_the_id_is_the_key_whatever_it_is_called
    assert_equal "hello", Word.create!(text: "hello").id
    assert_equal ["A", 2], Chair.create!(hall: "A", place: 2).id
    assert_nil Chair.new(hall: "A").id
    assert_equal :text, Word.primary_key
    assert_equal %i[hall place], Chair.primary_key
  end

  def test_records_of_such_models_are_equal_by_their_key
    first = Chair.create!(hall: "A", place: 2)
    assert_equal first, Chair.find(hall: "A", place: 2)
    assert_equal 1, [first, Chair.find(hall: "A", place: 2)].uniq.size
    refute_equal first, Chair.create!(hall: "A", place: 3)
    refute_equal Chair.new, Chair.new
  end

  def test_a_number_is_no_key_of_such_models
    assert_raises(Thing::InvalidArgument) { Chair.find(1) }
    assert_raises(Thing::InvalidArgument) { Word.find(1) }
    Chair.create!(hall: "A", place: 2)
    assert_equal 2, Chair.find(["A", 2]).place
    assert_equal [2], Chair.find([["A", 2]]).map(&:place)
    assert_equal 2, Chair.where(place: 2).find(["A", 2]).place
    assert_equal [["A", 2]], Chair.ids
  end

  def test_numbers_are_added_by_any_key
    Chair.create!(hall: "A", place: 2)
    assert_equal 3, Chair.increment(["A", 2], :sold, 3)
    assert_equal 4, Chair.find(hall: "A", place: 2).increment!(:sold).sold
    assert_raises(Thing::RecordNotFound) { Chair.increment(["B", 2], :sold) }
  end

  def test_a_whole_decimal_has_no_digits_that_nobody_gave
    chair = Chair.create!(hall: "A", place: 1, price: BigDecimal("12"))
    assert_equal "12", chair.as_json["price"]
    assert_equal "-12.5", Chair.create!(hall: "A", place: 2, price: BigDecimal("-12.50")).as_json["price"]
  end

  def test_an_error_that_a_hook_raises_has_all_that_errors_have
    error = assert_raises(Thing::CallbackRefused) { Word.create!(text: "rude") }
    assert_equal [Thing::Raw::THING_E_CALLBACK, "E_CALLBACK", "not that one"], [error.code, error.status, error.message]
    assert_equal ["", "Word", [], false], [error.sqlstate, error.model, error.fields, error.retryable?]
    assert_match(/key_test/, error.backtrace.first)
  end

  def test_that_it_was_undone_is_told_also_when_a_hook_raised
    Word::GONE.clear
    error = assert_raises(IndexError) { Word.create!(text: "late") }
    assert_equal "late", error.message
    assert_equal ["late"], Word::GONE
    catch(:away) { Word.create!(text: "thrown") }
    assert_equal 0, Word.count
  end
end
