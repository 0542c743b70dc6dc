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

# Nanoseconds of the processor (nothing here waits for a disk) that a call of each takes: the best of several rounds, in which they take turns, so that what else the machine does
# meets all of them.
def measure(rounds: 15, **calls)
  best = calls.transform_values { Float::INFINITY }
  rounds.times do
    calls.each do |name, (times, call)|
      before = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID, :nanosecond)
      times.times(&call)
      best[name] = [best[name], (Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID, :nanosecond) - before) / times].min
    end
  end
  best
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

  driver = [2_000, ->(i) { one.bind_params(i % 1000 + 1); one.each { |row| row }; one.reset! }]
  driver_list = [20, ->(_) { all.each { |row| row }; all.reset! }]
  find = [2_000, ->(i) { touch.call(Row.find(i % 1000 + 1)) }]
  list = [20, ->(_) { Row.all.to_a.each(&touch) }]

  best = measure(floor: [50_000, ->(_) { Thing::Raw.thing_abi_version }], cached: [20_000, ->(i) { Row.find(i % 1000 + 1) }])
  puts "crossing #{best[:floor]} ns, cached find #{best[:cached]} ns (#{best[:cached].fdiv(best[:floor]).round(1)} crossings)"
  [["cached", "memory"], ["uncached", "off"]].each do |name, cache|
    Thing::Raw.thing_set_option(Thing.database.raw, "cache", cache)
    best = measure(find: find, driver: driver, list: list, driver_list: driver_list)
    puts "#{name}: find and read #{best[:find]} ns, sqlite3 #{best[:driver]} ns (#{best[:find].fdiv(best[:driver]).round(2)}); " \
         "1000 rows #{best[:list] / 1000} us, sqlite3 #{best[:driver_list] / 1000} us (#{best[:list].fdiv(best[:driver_list]).round(2)})"
  end
  one.close
  all.close
  sqlite.close
  Thing.close
end
