# frozen_string_literal: true

# The worker in Ruby of tests/bindings/together.py: does operations at random beside those of other languages, on one
# database with one cache, and prints what it saw and when (tests/bindings/README.md).
#
# usage: worker.rb together.json URL SECONDS NUMBER

require "thing"

class Tally < Thing::Model
  attribute :id, :int, primary: true
  attribute :grp, :int
  attribute :n, :int, default: 0
end

class Page < Thing::Model
  attribute :id, :int, primary: true
  attribute :text
  version
end

class Mark < Thing::Model
  attribute :id, :int, primary: true
  attribute :grp, :int
end

class Worker
  # How many of a hundred are such an operation.
  OFTEN = {incr: 12, read: 35, list: 12, save: 8, page: 13, make: 5, drop: 5, count: 6, marks: 4}.freeze
  ALL = OFTEN.flat_map { |name, often| [name] * often }.freeze

  def initialize(number)
    @number = number
    @random = Random.new(number)
    @made = []
    @last = number * 1_000_000
    @lines = []
  end

  def run(seconds)
    ends = now + (seconds * 1_000_000_000).to_i
    one(ALL.sample(random: @random)) while now < ends
    @lines
  end

  private

  def one(name)
    line = __send__(name)
    @lines << "#{name} #{line} #{@start} #{@end}" if line
  rescue Thing::RecordNotFound, Thing::Error => e
    @lines << "fail #{name} #{e.status} #{@start} #{@end}"
  end

  def now = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)

  # The call that reads or writes.
  def timed
    @start = now
    yield
  ensure
    @end = now
  end

  def any = @random.rand(1..12)
  def joined(items) = items.empty? ? "-" : items.join(",")

  def incr
    id = any
    "#{id} #{timed { Tally.increment(id, :n) }}"
  end

  def read
    id = any
    "#{id} #{timed { Tally.find(id) }.n}"
  end

  def list
    group = @random.rand(3)
    "#{group} #{joined(timed { Tally.where(grp: group).to_a }.map { |tally| "#{tally.id}:#{tally.n}" })}"
  end

  def save
    page = timed { Page.find(any) }
    page.text = "#{page.version} by #{@number} at #{@end}"
    timed { page.save! }
    "#{page.id} #{page.version}"
  end

  def page
    found = timed { Page.find(any) }
    "#{found.id} #{found.version}"
  end

  def make
    mark = Mark.new(id: @last += 1, grp: @last % 3)
    timed { mark.save! }
    @made << mark
    "#{mark.id} #{mark.grp}"
  end

  def drop
    mark = @made.first or return
    timed { mark.destroy! }
    @made.shift
    "#{mark.id} #{mark.grp}"
  end

  def count
    group = @random.rand(3)
    "#{group} #{timed { Mark.where(grp: group).count }}"
  end

  def marks
    group = @random.rand(3)
    "#{group} #{joined(timed { Mark.where(grp: group).to_a }.map(&:id))}"
  end
end

case ARGV.size
when 4 then nil
when 5
  puts "unknown stale"
  exit 77
else
  warn "usage: worker.rb together.json URL SECONDS NUMBER"
  exit 2
end
# The documents that all share come first: classes that say anything else than they do are refused.
database = Thing.connect(ARGV[1])
Thing::Raw.thing_model_register(database.raw, File.read(ARGV[0], encoding: "UTF-8"))
[Tally, Page, Mark].each(&:raw_model)
$stdout.sync = true
puts "ready"
$stdin.gets
lines = Worker.new(Integer(ARGV[3])).run(Float(ARGV[2]))
$stdout.sync = false
puts lines
puts "stats #{JSON.generate(database.stats)}"
