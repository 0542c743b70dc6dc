# frozen_string_literal: true

# Ratios in one run: a cached find against a crossing that does nothing, and what the database is asked for against the
# driver that Ruby programs use. usage: ruby bench.rb
require "thing"
require "sqlite3"
require "tmpdir"

class Row < Thing::Model
  attribute :name
  attributes age: :int, score: :float
end

# Nanoseconds a call: the best of several rounds.
def measure(times)
  Array.new(7) do
    before = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
    times.times { |i| yield i }
    (Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond) - before) / times
  end.min
end

Dir.mktmpdir do |folder|
  path = "#{folder}/bench.db"
  Thing.connect("sqlite:#{path}")
  Thing.sync
  Row.insert_all(Array.new(1000) { |i| {name: "name of row #{i}", age: i, score: i / 3.0} })
  sqlite = SQLite3::Database.new(path)
  one = sqlite.prepare("SELECT id, name, age, score FROM rows WHERE id = ?")
  all = sqlite.prepare("SELECT id, name, age, score FROM rows")
  touch = ->(row) { row.id; row.name; row.age; row.score }

  floor = measure(200_000) { Thing::Raw.thing_abi_version }
  cached = measure(100_000) { |i| Row.find(i % 1000 + 1) }
  puts "crossing #{floor} ns, cached find #{cached} ns (#{(cached.to_f / floor).round(1)} crossings)"

  driver = measure(10_000) { |i| one.bind_params(i % 1000 + 1); one.each { |row| row }; one.reset! }
  driver_list = measure(100) { all.each { |row| row }; all.reset! }
  [["cached", "memory"], ["uncached", "off"]].each do |name, cache|
    Thing::Raw.thing_set_option(Thing.database.raw, "cache", cache)
    find = measure(10_000) { |i| touch.call(Row.find(i % 1000 + 1)) }
    list = measure(100) { Row.all.to_a.each(&touch) }
    puts "#{name}: find and read #{find} ns, sqlite3 #{driver} ns (#{(find.to_f / driver).round(2)}); " \
         "1000 rows #{list / 1000} us, sqlite3 #{driver_list / 1000} us (#{(list.to_f / driver_list).round(2)})"
  end
  one.close
  all.close
  sqlite.close
  Thing.close
end
