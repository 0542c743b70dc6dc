# frozen_string_literal: true

require_relative "helper"
require "fiddle"
require "weakref"

class Leaf < Thing::Model
  attribute :name, unique: true
  attributes notes: :json?, price: :decimal?, seen: :datetime?
  attribute :words, list: true, default: []
  belongs_to :twig, optional: true
  before_save { |leaf| raise IndexError, "no" if leaf.name == "raise" }
  before_save { |leaf| raise Thing::CallbackRefused, "no" if leaf.name == "refuse" }
  after_save { |leaf| throw :out, leaf.name if leaf.name == "throw" }
end

class Twig < Thing::Model
  attribute :name
  has_many :leafs, class_name: "Leaf"
end

# Nothing is closed or freed by hand here, and memory stays what it was. THING_STRESS_SECONDS has it go on for longer.
class LeakTest < ThingTest
  ALLOWED = 12 * 1024 # KiB; a thousand records that are kept are more than that in each of these tests
  STATUS = "/proc/self/status"

  def setup
    skip "the system does not tell how much memory a process has" unless File.exist?(STATUS)

    super
  end

  def test_a_million_records_leave_nothing_behind
    Leaf.insert_all((1..1000).map { |i| {name: "leaf #{i}", notes: {a: [i]}, words: %w[a b]} })
    flat(1000) do
      leaves = Leaf.order(:id).to_a
      assert_equal "leaf 1000", leaves.last.name
    end
  end

  def test_a_million_values_and_changes_leave_nothing_behind
    Leaf.create!(name: "one", notes: {a: 1}, price: BigDecimal("1.5"), seen: Time.now, words: %w[a])
    flat(100_000) do |i|
      leaf = Leaf.find(1)
      leaf.assign(name: "leaf #{i}", notes: {b: i}, price: BigDecimal(i), seen: Time.at(i), words: [i.to_s])
      [leaf.name, leaf.notes, leaf.price, leaf.seen, leaf.words, leaf.changed?]
    end
  end

  def test_calls_of_every_kind_leave_nothing_behind
    Leaf.create!(name: "taken")
    flat(2000) { |i| calls_of_every_kind(i) }
  end

  def test_hooks_that_raise_refuse_and_throw_leave_nothing_behind
    flat(5000) do
      assert_raises(IndexError) { Leaf.create!(name: "raise") }
      assert_raises(Thing::CallbackRefused) { Leaf.create!(name: "refuse") }
      assert_equal "throw", catch(:out) { Leaf.create!(name: "throw") }
    end
    assert_equal 0, Leaf.count
  end

  def test_hooks_that_are_removed_are_collected_with_what_they_hold
    Leaf.create!(name: "one")
    kept = Array.new(50) { held_by_a_hook }
    GC.start
    assert_operator kept.count(&:weakref_alive?), :<, 10
    flat(5000) { held_by_a_hook }
  end

  def test_databases_that_nobody_closes_end_with_what_belongs_to_them
    files = Dir["/proc/self/fd/*"].size
    flat(100) do |i|
      Thing.connect("sqlite:#{@folder}/#{i % 4}.db")
      Thing.sync
      Leaf.create!(name: "leaf #{i}")
      GC.start if (i % 10).zero?
    end
    GC.start
    assert_operator Dir["/proc/self/fd/*"].size - files, :<, 30
  end

  # What is given up in the midst of it holds a connection until the collector comes.
  def test_streams_that_nobody_ends_give_their_connections_back
    Leaf.insert_all((1..20).map { |i| {name: "leaf #{i}"} })
    flat(200) do
      assert_equal 2, Leaf.in_batches(of: 2).next.size
      GC.start
    end
    assert_equal 20, Leaf.count
  end

  def test_calls_that_end_before_their_time_leave_nothing_behind
    flat(100) do
      assert_raises(Timeout::Error, Thing::Timeout) do
        Timeout.timeout(0.002) { Thing.sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS m FROM n") }
      end
    end
  end

  private

  def calls_of_every_kind(number)
    twig = Twig.new(name: "twig #{number}")
    twig.leafs.build(name: "leaf #{number}", notes: {a: number})
    twig.save!
    leaf = Leaf.find_by(name: "leaf #{number}")
    assert_raises(Thing::UniqueViolation) { leaf.update!(name: "taken") }
    leaf.reload.update!(price: BigDecimal(number))
    [leaf.dup, leaf.clone, leaf.to_json, leaf.changes, leaf.saved_changes, leaf.twig, leaf.inspect]
    Thing.call("Leaf", :findMany, where: {name: "taken"}, include: {twig: true})
    assert_raises(Thing::InvalidArgument) { Leaf.where(nothing: 1).to_a }
    Leaf.where(name: "taken").find_each { |one| one.name }
    assert_nil Leaf.find_by(name: "none")
    Thing.transaction do
      twig.leafs.to_a.each(&:destroy!)
      raise Thing::Rollback
    end
    leaf.destroy!
    Thing.execute("DELETE FROM twigs WHERE id <> ?", 0)
  end

  # Gives a weak reference to what only the hook held.
  def held_by_a_hook
    held = "held" * 1000
    hook = Thing.on(:after_save, model: Leaf) { |leaf| leaf.name + held }
    Leaf.find(1).update!(notes: {a: rand})
    hook.remove
    WeakRef.new(held)
  end

  # Runs the block so many times, from when a tenth of it has made all that stays.
  def flat(times)
    times = (times * ENV["THING_STRESS_SECONDS"].to_i / 10.0).ceil if ENV["THING_STRESS_SECONDS"].to_i > 10
    before = nil
    times.times do |i|
      yield i
      before ||= resident if i > times / 10
    end
    grown = resident - before
    assert_operator grown, :<, ALLOWED, "KiB more than #{before}"
  end

  TRIM = Fiddle::Function.new(Fiddle::Handle::DEFAULT["malloc_trim"], [Fiddle::TYPE_SIZE_T], Fiddle::TYPE_INT)

  # KiB, without what the allocators keep for later.
  def resident
    4.times { GC.start }
    TRIM.call(0)
    File.read(STATUS)[/VmRSS:\s+(\d+)/, 1].to_i
  end
end
