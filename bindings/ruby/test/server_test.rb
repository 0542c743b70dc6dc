# frozen_string_literal: true

require_relative "helper"

# The same on each database that there is, with each cache. The tables are this process' own, as others may test there, too.
ITEMS = "ruby_items_#{Process.pid}"
PARTS = "ruby_parts_#{Process.pid}"

class Item < Thing::Model
  table ITEMS
  attribute :name, :text, unique: true, max_length: 60
  attributes number: :int?, price: :decimal?, weight: :float?, at: :datetime?, day: :date?, clock: :time?
  attributes bytes: :bytes?, token: :uuid?, extra: :json?, live: :bool?
  attribute :tags, list: true, default: []
  has_many :parts
  soft_delete
  version
end

class Part < Thing::Model
  table PARTS
  attribute :words
  belongs_to :item, on_delete: :cascade
end

module OnServer
  VALUES = {
    name: "Zo\u00eb \u{1F600}", number: -(2**63), price: BigDecimal("-1234567890123456789.123456789"), weight: -0.1,
    at: Time.utc(1969, 12, 31, 23, 59, 59.999999r), day: Date.new(1582, 10, 4).new_start(Date::GREGORIAN), clock: Time.utc(2000, 1, 1, 23, 59, 59.999999r),
    bytes: "\0\xFF'\\".b, token: "0123abcd-0123-4567-89ab-0123456789ab", extra: {"a" => [1, nil, {"b" => "c"}]}, live: false, tags: ["x", "y,\"{}"]
  }.freeze

  def setup
    @folder = Dir.mktmpdir
    Thing.connect(self.class.config(@folder))
    Thing.sync
  end

  def teardown
    return unless @folder

    Thing.with(timeout: 20) { [PARTS, ITEMS].each { |table| Thing.execute("DROP TABLE #{table}") } }
    Thing.close
    FileUtils.rm_rf(@folder.to_s)
  end

  def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

  def test_values_come_back_as_they_were_set
    one = Item.create!(**self.class::VALUES)
    [one, Item.find(one.id), Item.where(id: one.id).to_a.first, Thing.with(cache: false) { Item.find(one.id) }].each do |found|
      self.class::VALUES.each { |name, value| assert_equal value, found[name], name }
    end
  end

  def test_null_empty_and_zero_are_told_apart
    one = Item.create!(name: "", number: 0, extra: nil, bytes: "".b)
    found = Item.uncached.where(id: one.id).first
    assert_equal ["", 0, nil, "", nil, []], [found.name, found.number, found.extra, found.bytes, found.price, found.tags]
  end

  def test_lists_are_right_after_each_write
    made = Item.insert_all(Array.new(30) { |i| {name: "n#{i}", number: i} })
    2.times { assert_equal 435, Item.order(:number).sum { |one| one.number } }
    made.first.reload.update!(number: 1000)
    assert_equal 1435, Item.order(:number).sum { |one| one.number }
    assert_equal made.map(&:id).sort, Item.ids.sort
    Item.where(number: 10..19).delete_all
    assert_equal [20, 10, 30], [Item.count, Item.only_deleted.count, Item.with_deleted.count]
    assert_equal 20, Item.find_each(batch_size: 7).to_a.size
  end

  def test_errors_name_what_they_are_about
    Item.create!(name: "one")
    error = assert_raises(Thing::UniqueViolation) { Item.create!(name: "one") }
    assert_equal ["23505", ["name"], ITEMS, "Item"], [error.sqlstate, error.fields, error.table, error.model]
    assert_raises(Thing::ForeignKeyViolation) { Part.create!(words: "w", item_id: 10**9) }
    first, second = Array.new(2) { Item.find_by(name: "one") }
    first.update!(number: 1)
    assert_raises(Thing::StaleObject) { second.update!(number: 2) }
  end

  def test_transactions_nest
    Thing.transaction do
      Item.create!(name: "a")
      Thing.transaction { Item.create!(name: "b"); raise Thing::Rollback }
      assert_raises(Thing::UniqueViolation) { Item.create!(name: "a") }
      Item.create!(name: "c").parts.create!(words: "w")
    end
    assert_equal [%w[a c], 1], [Item.order(:name).pluck(:name), Part.count]
    assert_raises(RuntimeError) { Thing.transaction { Item.create!(name: "d"); raise "no" } }
    assert_equal 2, Item.count
  end

  def test_relations_and_numbers
    one = Item.new(name: "a", price: BigDecimal("1.25"))
    3.times { |i| one.parts.build(words: "w#{i}") }
    one.save!
    assert_equal [%w[w0 w1 w2]], Item.where(parts: {words: "w1"}).includes(:parts).map { |item| item.parts.map(&:words) }
    assert_equal({one.id => 3}, Part.group(:item_id).count)
    assert_equal BigDecimal("1.25"), Item.sum(:price)
  end

  def test_threads_share_the_database
    threads = Array.new(6) do |i|
      Thread.new { 10.times { |j| Item.create!(name: "#{i}.#{j}"); Item.where(name: {starts_with: "#{i}."}).count } }
    end
    assert_equal [10] * 6, threads.map { |one| one.value && Item.where(name: {starts_with: "#{threads.index(one)}."}).count }
  end

  def test_a_child_and_its_parent_write_the_same_rows
    one = Item.create!(name: "a", number: 0)
    children = Array.new(2) { fork { 10.times { Item.increment(one.id, :number) }; exit!(0) } }
    10.times { Item.increment(one.id, :number) }
    children.each { |pid| Process.wait(pid) }
    assert_equal 30, Thing.with(cache: false) { Item.find(one.id).number }
  end

  def test_a_call_that_waits_ends_when_ruby_wants_the_thread
    skip "SQLite's is in calls_test" unless self.class::SLEEP
    before = now
    assert_raises(Timeout::Error) { Timeout.timeout(0.3) { Thing.sql(self.class::SLEEP) } }
    assert_raises(Thing::Timeout) { Thing.with(timeout: 0.3) { Thing.sql(self.class::SLEEP) } }
    slow = Thread.new { Thing.transaction { Item.create!(name: "gone"); Thing.sql(self.class::SLEEP) } }
    sleep 0.3
    assert slow.kill.join(5)
    assert_operator now - before, :<, 10
    assert_equal 0, Item.count
  end

  def test_a_lock_is_waited_for_as_long_as_is_said
    one = Item.create!(name: "a")
    held, done = Queue.new, Queue.new
    other = Thread.new { Thing.transaction { one.class.find(one.id).lock! if self.class::SLEEP; held << 1; done.pop } }
    held.pop
    before = now
    assert_raises(Thing::Timeout, Thing::Busy) { Thing.with(timeout: 0.3) { Item.find(one.id).update!(number: 1) } }
    assert_raises(Timeout::Error) { Timeout.timeout(0.3) { Thing.transaction { Item.find(one.id).update!(number: 1) } } }
    assert_operator now - before, :<, 5
    done << 1
    other.join
    Item.find(one.id).update!(number: 2)
  ensure
    done << 1
  end

  def test_the_core_survives_a_collection_at_each_allocation
    Item.create!(name: "a", number: 1)
    Item.where(number: 1).to_a
    GC.stress = true
    one = Item.where(number: 1).to_a.first
    one.number = 2
    saved = one.save
    GC.stress = false
    assert_equal [true, 2], [saved, Item.find(one.id).number]
  ensure
    GC.stress = false
  end
end

{
  "Sqlite" => ["SQLITE", nil, "memory"], "SqliteUncached" => ["SQLITE", nil, "off"],
  "Postgres" => ["THING_TEST_POSTGRES", "SELECT pg_sleep(30) IS NULL AS s", "off"],
  "PostgresRedis" => ["THING_TEST_POSTGRES", "SELECT pg_sleep(30) IS NULL AS s", "redis"],
  "Mysql" => ["THING_TEST_MYSQL", "SELECT SLEEP(30) AS s", "off"], "MysqlRedis" => ["THING_TEST_MYSQL", "SELECT SLEEP(30) AS s", "redis"]
}.each do |name, (variable, slow, cache)|
  Object.const_set("#{name}Test", Class.new(Minitest::Test) do
    const_set(:SLEEP, slow)
    define_singleton_method(:config) do |folder|
      options = cache == "redis" ? {redis: ENV.fetch("THING_TEST_REDIS"), cache_space: "ruby_test_#{Process.pid}"} : {}
      {url: slow ? ENV.fetch(variable) : "sqlite:#{folder}/test.db", cache: cache, **options}
    end
    include OnServer
    define_method(:setup) do
      skip "#{variable} is not set" if slow && !ENV.key?(variable)
      skip "THING_TEST_REDIS is not set" if cache == "redis" && !ENV.key?("THING_TEST_REDIS")
      super()
    end
  end)
end
