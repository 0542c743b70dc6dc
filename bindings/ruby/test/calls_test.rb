# frozen_string_literal: true

require_relative "helper"
require_relative "models"

class CallsTest < ThingTest
  SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT count(*) AS n FROM n"

  def setup
    super
    @kept, @gone = Book.insert_all([{title: "Kept"}, {title: "Gone"}])
    @gone.destroy
  end

  def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  def titles(books) = books.map(&:title).sort

  def test_softly_deleted_rows_are_asked_for
    assert_equal %w[Kept], titles(Book.all)
    assert_equal %w[Gone Kept], titles(Book.with_deleted)
    assert_equal %w[Gone], titles(Book.only_deleted.order(:title))
    assert_equal [2, 1, 1], [Book.with_deleted.count, Book.only_deleted.count, Book.count]
    assert_equal %w[Gone], Book.only_deleted.pluck(:title)
    assert_equal [@gone], Book.only_deleted.find_each.to_a
    assert_equal @gone, Book.with_deleted.find(@gone.id)
    assert_raises(Thing::RecordNotFound) { Book.find(@gone.id) }
    assert_equal 1, Book.only_deleted.delete_all(mode: :hard)
    assert_equal 1, Book.with_deleted.count
  end

  def test_a_block_has_options_and_nothing_of_them_afterwards
    Thing.with(with_deleted: true) do
      assert_equal "Gone", Book.find(@gone.id).title
      assert_equal 2, Book.count
    end
    assert_nil Thread.current[:thing_transactions]
    assert_equal 1, Book.count
    assert_raises(ArgumentError) { Thing.with(deleted: true) { flunk } }
  end

  def test_options_in_a_transaction_end_with_their_block
    Thing.transaction do
      assert_equal 2, Thing.with(with_deleted: true) { Book.count }
      assert_equal 1, Book.count
      assert_equal 1, Thing.with(only_deleted: true) { Thing.transaction { Book.count } }
      assert_equal 1, Book.with_deleted.where(title: "Gone").count
      assert_equal 1, Book.count
    end
  end

  def test_options_around_a_transaction_hold_in_it
    Thing.with(with_deleted: true) { Thing.transaction { Thing.transaction { assert_equal 2, Book.count } } }
  end

  def test_a_deadline_ends_a_call
    before = now
    assert_raises(Thing::Timeout) { Thing.with(timeout: 0.2) { Thing.sql(SLOW) } }
    assert_operator now - before, :<, 5
    assert_raises(Thing::Timeout) { Thing.with(timeout: 0.2) { Thing.with(timeout: 60) { Thing.sql(SLOW) } } }
    assert_raises(Thing::Timeout) { Thing.transaction { Thing.with(timeout: 0.2) { Thing.sql(SLOW) } } }
    assert_raises(Thing::Timeout) { Thing.with(timeout: 0) { Book.uncached.to_a } }
    assert_equal 1, Book.timeout(30).count
    assert_raises(Thing::Timeout) { Book.timeout(0).uncached.count }
    assert_equal 1, Book.count
  end

  def test_a_deadline_holds_though_a_signal_came
    heard = 0
    old = trap("USR2") { heard += 1 }
    sender = Thread.new { 3.times { sleep 0.1; Process.kill("USR2", Process.pid) } }
    before = now
    assert_raises(Thing::Timeout) { Thing.with(timeout: 1) { Thing.sql(SLOW) } }
    assert_operator now - before, :<, 5
    sender.join
    assert_operator heard, :>=, 1
  ensure
    trap("USR2", old)
  end

  def test_a_timeout_of_ruby_leaves_the_transaction_usable
    Thing.transaction do
      Book.create!(title: "One")
      assert_raises(Timeout::Error) { Timeout.timeout(0.2) { Thing.sql(SLOW) } }
      Book.create!(title: "Two")
    end
    assert_equal %w[Kept One Two], titles(Book.all)
  end

  def test_hooks_and_times_are_silent_on_demand
    heard = []
    hook = Thing.on(:before_save, model: Author) { |record, event| heard << [record.name, event] }
    Author.create!(name: "Ann")
    Thing.with(hooks: false) { Author.create!(name: "Bob") }
    Thing.with(mute: [Author]) { Author.create!(name: "Cid") }
    Thing.transaction { Thing.with(mute: Author) { Author.create!(name: "Dan") }; Author.create!(name: "Eve") }
    assert_equal [["Ann", :before_save], ["Eve", :before_save]], heard
    assert hook.remove
    refute hook.remove
    Author.create!(name: "Fay")
    assert_equal 2, heard.size
    old = Time.utc(2001, 2, 3)
    Thing.with(timestamps: false) { Author.find_by(name: "Ann").update!(updated_at: old) }
    assert_equal old, Author.find_by(name: "Ann").updated_at
  end

  def test_hooks_of_all_models_get_records_of_their_classes
    heard = []
    hook = Thing.on(:after_create, :after_delete) { |record, event| heard << [record.class, event] }
    Author.create!(name: "Ann").destroy
    Label.create!(word: "new")
    assert_equal [[Author, :after_create], [Author, :after_delete], [Label, :after_create]], heard
  ensure
    hook&.remove
  end

  def test_an_option_in_a_hook_leaves_those_of_the_call_alone
    seen = []
    hook = Thing.on(:after_create, model: Label) { Thing.with(with_deleted: true) { seen << Book.count }; seen << Book.count }
    Thing.with(timeout: 30, timestamps: false) { Label.create!(word: "x"); seen << Book.count }
    assert_equal [2, 1, 1], seen
  ensure
    hook&.remove
  end

  def test_reads_past_the_cache_run_sql
    2.times { Book.find(@kept.id) }
    Thing.database.stats(reset: true)
    Book.find(@kept.id)
    assert_equal 0, Thing.database.stats.fetch("sql")
    Thing.with(cache: false) { Book.find(@kept.id) }
    assert_equal 1, Thing.database.stats.fetch("sql")
  end

  def test_many_saves_hold_their_records
    authors = Array.new(50) { |i| Author.new(name: "a#{i}") }
    failures = Queue.new
    hook = Thing.on(:after_create, model: Author) do
      Thread.new { (authors.last.name = "other") && nil rescue failures << $!.class }.join
    end
    Author.save_all(authors)
    assert_equal [Thing::Busy], Array.new(failures.size) { failures.pop }.uniq
    assert_equal "a49", authors.last.name
    authors.last.name = "mine"
    assert_equal "mine", authors.last.name
  ensure
    hook&.remove
  end
end
