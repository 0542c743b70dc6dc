# frozen_string_literal: true

require_relative "helper"
require_relative "models"
require "objspace"

# What the collector may do at any time, and what it has to do in the end.
class MemoryTest < ThingTest
  def stressed
    GC.stress = true
    yield
  ensure
    GC.stress = false
  end

  def resident = File.read("/proc/self/status")[/VmRSS:\s+(\d+)/, 1].to_i

  def test_lists_survive_a_collection_at_each_allocation
    Author.insert_all(Array.new(5) { |i| {name: "name #{i}", age: i, born: Date.new(2000, 1, 1), balance: BigDecimal("1.5"), tags: %w[x]} })
    Author.order(:age).to_a
    all, plucked = stressed do
      [Author.order(:age).to_a.map { |one| [one.name, one.age, one.born, one.balance, one.tags] }, Author.order(:age).pluck(:name, :age)]
    end
    assert_equal Array.new(5) { |i| ["name #{i}", i, Date.new(2000, 1, 1), BigDecimal("1.5"), %w[x]] }, all
    assert_equal Array.new(5) { |i| ["name #{i}", i] }, plucked
  end

  def test_transactions_and_hooks_survive_it_too
    seen = []
    hook = Thing.on(:before_save, :after_load, model: Label) { |one, event| seen << [event, one.word] }
    Label.create!(word: "warm")
    seen.clear
    stressed do
      Thing.transaction { Label.create!(word: "a"); Thing.transaction { Label.create!(word: "b"); raise Thing::Rollback } }
      Thing.with(timeout: 60, tag: "x") { Label.find_by(word: "a") }
    end
    assert_equal [[:before_save, "a"], [:before_save, "b"], [:after_load, "a"]], seen
    assert_equal %w[a warm], Label.order(:word).map(&:word)
  ensure
    hook&.remove
  end

  def test_vectors_of_errors_survive_it_too
    errors = stressed { [(Author.create!(name: "A") rescue $!), (Author.where(none: 1).to_a rescue $!), (Author.find(99) rescue $!)] }
    assert_equal [Thing::RecordInvalid, Thing::InvalidArgument, Thing::RecordNotFound], errors.map(&:class)
    assert_equal "minLength", errors.first.failures.first["rule"]
  end

  def test_records_of_a_list_may_move_and_outlive_it
    Author.insert_all(Array.new(100) { |i| {name: "name #{i}", age: i} })
    kept = Author.order(:age).to_a.values_at(3, 97)
    GC.start
    GC.respond_to?(:verify_compaction_references) && RUBY_PLATFORM.match?(/linux/) ? GC.compact : GC.start
    assert_equal [["name 3", 3], ["name 97", 97]], kept.map { |one| [one.name, one.age] }
    kept.last.update!(age: 1000)
    assert_equal [1000, 3], [Author.find(kept.last.id).age, kept.first.age]
    Thing.close
    GC.start
    assert_equal "name 3", kept.first.name
  end

  def test_auto_compaction_while_lists_are_made
    old = GC.auto_compact
    GC.auto_compact = true
    Author.insert_all(Array.new(200) { |i| {name: "name #{i}", age: i} })
    20.times { assert_equal 19_900, Author.all.to_a.sum { |one| GC.start if one.age == 100; one.age } }
    hook = Thing.on(:after_load, model: Author) { |one| one.name }
    3.times { GC.compact; assert_equal 200, Author.where(age: 0..).to_a.size }
  ensure
    hook&.remove
    GC.auto_compact = old
  end

  def test_a_database_that_nobody_closed_is_collected_with_its_hooks
    before = databases
    10.times do |i|
      Thing.connect("sqlite:#{@folder}/one#{i}.db")
      Thing.sync
      Thing.on(:after_create) { |one| one.id }
      Author.create!(name: "Ann#{i}")
    end
    4.times { GC.start; Thread.new { Thing.transaction { Author.count } }.join }
    assert_operator databases, :<=, before + 3
  end

  def databases = ObjectSpace.each_object(Thing::Database).count

  def test_large_rows_do_not_pile_up
    Author.create!(name: "Ann", photo: "x" * 1_000_000)
    Author.find(1)
    before = resident
    500.times { Author.find(1).age }
    100.times { Author.where(age: nil).to_a.first.age }
    assert_operator resident - before, :<, 200 * 1024
  end

  def test_a_record_tells_its_size
    record = Author.create!(name: "Ann")
    assert_operator ObjectSpace.memsize_of(record), :>=, 64
  end

  def test_records_are_kept_as_bytes
    ann = Author.create!(name: "Ann", age: 4, tags: %w[a b])
    again = Marshal.load(Marshal.dump(Author.find(ann.id)))
    assert_equal [ann, "Ann", %w[a b]], [again, again.name, again.tags]
    again.update!(age: 5)
    assert_equal({"age" => [4, 5]}, again.saved_changes.slice("age"))
    assert_raises(Thing::StateError) { Marshal.dump(Author.new) }
  end

  def test_a_record_of_a_list_is_saved_deleted_and_read_again
    Author.insert_all([{name: "Ann", age: 1}, {name: "Bob", age: 2}])
    ann, bob = Author.order(:name).to_a
    refute_predicate ann, :changed?
    refute_predicate ann, :age_changed?
    assert_equal [1, false, true], [ann.age_was, ann.new_record?, ann.persisted?]
    ann.age = 5
    assert_equal [5, 1, {"age" => [1, 5]}], [ann.age, ann.age_was, ann.changes]
    ann.save!
    assert_equal 5, ann.reload.age
    assert bob.destroy
    assert_predicate bob, :destroyed?
    assert_nil bob.fresh
    assert_equal 5, ann.fresh.age
    assert_equal "Ann", ann.replicate(except: :age).name
    assert_nil ann.replicate(except: :age).age
  end

  def test_what_was_not_selected_is_an_error
    Author.create!(name: "Ann", age: 1)
    one = Author.select(:name).to_a.first
    assert_equal "Ann", one.name
    error = assert_raises(Thing::StateError) { one.age }
    assert_equal "age", error.field
    assert_equal %w[id name], one.attributes.keys
    one.name = "Eve"
    assert_raises(Thing::StateError) { one.age }
    assert_match(/Eve/, one.inspect)
  end

  def test_rows_are_read_twice
    Author.create!(name: "Ann")
    rows = Author.all.rows
    assert_equal [%w[Ann]] * 2, Array.new(2) { Thing::Raw.rows_to_a(rows, Author).map(&:name) }
  end

  def test_json_documents_are_edited
    ann = Author.create!(name: "Ann", prefs: {"a" => [1]})
    ann.json_set(:prefs, "/a/-", 2).json_merge(:prefs, b: {c: 1}).json_remove(:prefs, "/a/0")
    ann.save!
    assert_equal({"a" => [2], "b" => {"c" => 1}}, Author.find(ann.id).prefs)
  end
end
