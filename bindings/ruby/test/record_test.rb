# frozen_string_literal: true

require_relative "helper"
require_relative "models"

class RecordTest < ThingTest
  def test_values_come_back_as_they_were_set
    values = {name: "Zo\u00eb \u{1F600}\0x", age: -(2**63), balance: BigDecimal("-12345678901234567890.123456789"),
              prefs: {"a" => [1, nil, {"b" => "c"}]}, joined: Time.utc(1969, 12, 31, 23, 59, 59.999999r), born: Date.new(1500, 1, 1),
              wakes: Time.utc(2000, 1, 1, 6, 30, 0.000001r), photo: "\0\xFF".b, token: "0123abcd-0123-4567-89ab-0123456789ab",
              weight: -0.1, active: false, tags: ["x", "y,\""]}
    Author.create!(**values)
    Thing.database.stats(reset: true)
    found = Author.first
    values.each { |name, value| assert_equal value, found[name], name }
    assert_equal Encoding::UTF_8, found.name.encoding
    assert_equal Encoding::BINARY, found.photo.encoding
    assert_predicate found.name, :frozen?
    assert_predicate found.prefs, :frozen?
  end

  def test_null_and_zero_and_unset_are_told_apart
    new = Author.new(name: "Ann", age: nil)
    assert_nil new.age
    assert new.loaded?(:age)
    refute new.loaded?(:balance)
    assert_equal 0, Author.create!(name: "Bob", age: 0).reload.age
  end

  def test_the_largest_int_is_kept_and_a_larger_one_refused
    assert_equal 2**63 - 1, Author.create!(name: "Ann", age: 2**63 - 1).reload.age
    assert_raises(Thing::OutOfRange) { Author.new(age: 2**63) }
  end

  def test_changes_are_tracked
    ann = Author.create!(name: "Ann", age: 1)
    refute_predicate ann, :changed?
    ann.age = 2
    assert_predicate ann, :age_changed?
    assert_equal 1, ann.age_was
    assert_equal({"age" => [1, 2]}, ann.changes)
    ann.age = 1
    refute_predicate ann, :changed?
    ann.update!(age: 3)
    assert_equal [1, 3], ann.saved_changes["age"]
    ann.name = "Eve"
    ann.restore_attributes
    assert_equal "Ann", ann.name
  end

  def test_saving_nothing_runs_no_sql
    ann = Author.create!(name: "Ann")
    Thing.database.stats(reset: true)
    assert ann.save
    assert_equal 0, Thing.database.stats.fetch("sql")
  end

  def test_broken_rules_are_listed_and_not_saved
    ann = Author.create(name: "A")
    assert_equal [[:name, "minLength"]], ann.errors.map { |error| error.first(2) }
    assert_predicate ann, :new_record?
    assert_equal 0, Author.count
    assert_raises(Thing::RecordInvalid) { ann.save! }
    assert ann.update(name: "Ann")
    assert_empty ann.errors
  end

  def test_a_soft_delete_hides_a_row_and_is_taken_back
    book = Book.create!(title: "T")
    assert book.destroy
    assert_nil Book.find_by(title: "T")
    assert book.restore
    assert_equal book, Book.find(book.id)
    assert book.destroy(mode: :hard)
    refute book.reload rescue assert_kind_of Thing::RecordNotFound, $!
  end

  def test_two_records_of_a_row_are_equal_and_one_key_of_a_hash
    ann = Author.create!(name: "Ann")
    again = Author.find(ann.id)
    assert_equal ann, again
    assert_equal 1, [ann, again].uniq.size
    refute_equal Author.new, Author.new
  end

  def test_a_dup_is_new_and_a_clone_has_its_own_changes
    ann = Author.create!(name: "Ann", age: 4)
    assert_predicate ann.dup, :new_record?
    assert_equal 4, ann.dup.age
    copy = ann.clone
    copy.age = 5
    assert_equal 4, ann.age
    assert_equal 5, copy.age
  end

  def test_patterns_match_records
    case Author.create!(name: "Ann", age: 4)
    in {name: String => name, age: Integer => age} then assert_equal ["Ann", 4], [name, age]
    end
  end

  def test_json_chooses_fields
    ann = Author.create!(name: "Ann", age: 4)
    assert_equal '{"age":4,"name":"Ann"}', ann.to_json(fields: "age,name")
    assert_equal "Ann", JSON.parse(JSON.generate([ann])).first["name"]
  end

  def test_relations_are_built_linked_and_loaded
    ann = Author.new(name: "Ann")
    book = ann.books.build(title: "One")
    ann.save!
    assert_equal ann.id, book.author_id
    assert_equal ann, book.author
    assert_equal ["One"], ann.books.map(&:title)
    label = Label.create!(word: "new")
    book.labels << label
    assert_equal [label], book.labels.to_a
    book.labels.remove(label)
    assert_empty book.labels
    ann.profile = Profile.new(motto: "more")
    ann.save!
    assert_equal "more", Author.find(ann.id).profile.motto
  end

  def test_the_core_survives_a_collection_at_each_allocation
    Author.create!(name: "Ann", age: 4)
    GC.stress = true
    ann = Author.find(1)
    ann.age = 10
    saved = ann.save
    ages = Author.where(name: "Ann").map(&:age)
    failed = (Author.create!(name: "Ann") rescue $!)
    GC.stress = false
    assert_equal [true, [10], Thing::UniqueViolation], [saved, ages, failed.class]
  ensure
    GC.stress = false
  end

  def test_records_may_move
    records = Author.insert_all(Array.new(100) { |i| {name: "name #{i}"} })
    GC.compact
    assert_equal "name 99", records.last.name
    assert_equal 100, Author.all.map(&:name).uniq.size
  end

  def test_memory_is_flat_over_many_records
    Author.create!(name: "Ann")
    before = nil
    6.times do |round|
      20_000.times { Author.find(1).name }
      GC.start
      before = resident if round == 1
    end
    assert_operator resident - before, :<, 8 * 1024
  end

  def resident = File.read("/proc/self/status")[/VmRSS:\s+(\d+)/, 1].to_i
end
