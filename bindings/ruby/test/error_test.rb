# frozen_string_literal: true

require_relative "helper"
require_relative "models"

class ErrorTest < ThingTest
  def test_an_error_tells_what_the_library_knows
    Author.create!(name: "Ann")
    error = assert_raises(Thing::UniqueViolation) { Author.create!(name: "Ann") }
    assert_kind_of Thing::ConstraintViolation, error
    assert_equal [Thing::Raw::THING_E_UNIQUE, "E_UNIQUE", "23505", "Author", ["name"], "authors", false],
                 [error.code, error.status, error.sqlstate, error.model, error.fields, error.table, error.retryable?]
    assert_equal "E_UNIQUE", JSON.parse(error.json).fetch("code")
  end

  def test_each_status_of_the_header_has_a_class
    failures = Thing::Raw.constants.grep(/\ATHING_E_/)
    assert_operator failures.size, :>=, 26
    failures.each do |name|
      assert Thing::Error::CLASSES.key?(Thing::Raw.const_get(name)), name
    end
    assert_equal failures.size, Thing::Error::CLASSES.values.uniq.size
  end

  def test_a_row_that_somebody_saved_meanwhile_is_stale
    Book.create!(title: "T")
    one, other = Array.new(2) { Book.find(1) }
    one.update!(title: "U")
    assert_raises(Thing::StaleObject) { other.update!(title: "V") }
  end

  def test_what_is_closed_says_so
    ann = Author.create!(name: "Ann")
    Thing.close
    assert_equal "Ann", ann.name
    assert_raises(Thing::Closed) { ann.update(name: "Eve") }
    assert_raises(Thing::Closed) { Author.count }
    assert_raises(Thing::Closed) { Author.find(1) }
    assert_raises(Thing::Closed) { Author.all.to_a }
    assert_raises(Thing::Closed) { Thing.transaction { flunk } }
    assert_raises(Thing::Closed) { Thing.with(timeout: 1) { Author.count } }
    Thing.close
  end

  def test_a_handle_of_nothing_is_an_error
    assert_raises(Thing::InvalidArgument) { Thing::Raw.thing_save(Thing.database.raw, nil, Thing::Raw::Record.new) }
    assert_raises(TypeError) { Thing::Raw.thing_save(Thing.database.raw, nil, "text") }
  end

  def test_text_that_is_no_utf8_is_refused
    assert_raises(Thing::InvalidArgument) { Author.new(name: "\xFF") }
    assert_equal "\u00e9x", Author.new(name: "\u00e9x".encode("ISO-8859-1")).name
  end
end
