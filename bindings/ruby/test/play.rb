# frozen_string_literal: true

# The player in Ruby of tests/bindings/scenario.json: does its steps through the classes of the package, as its users would,
# and prints a trace (tests/bindings/README.md).
#
# usage: play.rb SCENARIO URL

require "thing"
require_relative "player/models"
require_relative "player/native"
require_relative "player/trace"
require_relative "player/objects"
require_relative "player/calls"

# Plays steps: do_VERB gives the answer of one.
class Player
  include Objects
  include Calls
  LEAVE = %w[rollback fail throw].freeze

  def initialize(scenario, url)
    @scenario = scenario
    @db = Thing.connect(url)
    @objects = {}
    @transactions = {}
    @hooks = {}
    @reached = Hash.new(0)
    @heard = []
    @place = ""
  end

  def play(steps)
    outer = @place
    steps.each.with_index(1) do |step, number|
      @place = "#{outer}#{number}"
      Trace.line(@place, "OK", done(step))
    rescue StandardError => e
      Trace.failure("#{outer}#{number}", e, @failed)
      raise if LEAVE.include?(step["do"])
    end
  ensure
    @place = outer
  end

  private

  def done(step)
    return __send__("do_#{step["do"]}", step) unless step.key?("ctx") || step.key?("in")

    within(step) { __send__("do_#{step["do"]}", step) }
  end

  # Calls of the block belong to a transaction, or to none, and have options.
  def within(step, &block)
    return options(step["ctx"], &block) unless step.key?("in")

    transaction = step["in"] && Raw.thing_tx_ctx(@transactions.fetch(step["in"]))
    Thing::Calls.inside(@db, transaction) { options(step["ctx"], &block) }
  end

  FLAGS = {
    "with_deleted" => [:with_deleted, true], "only_deleted" => [:only_deleted, true], "unscoped" => [:unscoped, true],
    "no_hooks" => [:hooks, false], "no_cache_read" => [:cache, false], "no_timestamps" => [:timestamps, false]
  }.freeze

  def options(given, &block)
    return yield if given.nil?
    return cancelled(&block) if given["cancelled"]

    flags = given.fetch("flags", []).to_h { |flag| FLAGS.fetch(flag) }
    timeout = given["timeout_ms"] && given["timeout_ms"] / 1000.0
    @db.with(timeout: timeout, mute: given["mute"] ? [Scenario.const_get(given["mute"])] : [], **flags, &block)
  end

  # What the end of a thread does to its call, before that began.
  def cancelled(&block)
    ctx = Raw.thing_ctx_new(@db.raw)
    Raw.thing_ctx_cancel(ctx)
    Thing::Calls.inside(@db, ctx, &block)
  end

  def flags(step, prefix, *names)
    names.sum { |name| step[name] ? Raw.const_get(prefix + name.upcase) : 0 }
  end

  def model(step) = Scenario.const_get(step["model"])
  def object(step) = @objects.fetch(step["of"])
  def objects(step) = step["of"].map { |name| @objects.fetch(name) }
  def made(step) = Native.assign(model(step).new, step["data"] || {})
  def mode(step) = (step["mode"] || "default").to_sym
  def missing(klass) = raise(klass.not_found)

  def keep(step, record)
    @objects[step["as"]] = record if step["as"]
    record
  end

  def show(step, record, flags = 0)
    flags.zero? ? record.to_json(fields: step["fields"]) : Raw.thing_obj_json(record, flags)
  end

  def rows(step, records) = "[#{records.map { |record| show(step, record) }.join(",")}]"
end

if ARGV.size != 2
  warn "usage: play.rb SCENARIO URL"
  exit 2
end
Player.new(scenario = JSON.parse(File.read(ARGV[0], encoding: "UTF-8")), ARGV[1]).play(scenario["steps"])
