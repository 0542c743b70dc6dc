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

    within(step["ctx"] || {}, step["in"]) { __send__("do_#{step["do"]}", step) }
  end

  # Calls of the block have a ctx of these options, or that of the transaction.
  def within(options, transaction = nil)
    stack = ((Thread.current[:thing_transactions] ||= {}.compare_by_identity)[@db] ||= [])
    stack.push(transaction ? Raw.thing_tx_ctx(@transactions.fetch(transaction)) : context(options))
    yield
  ensure
    stack&.pop
  end

  def context(options)
    ctx = Raw.thing_ctx_new(@db.raw)
    Raw.thing_ctx_set_timeout_ms(ctx, options["timeout_ms"] || -1)
    Raw.thing_ctx_set_flags(ctx, flags(options["flags"].to_a.to_h { [_1, true] }, "THING_CTX_", *options["flags"]))
    Raw.thing_ctx_mute(ctx, Scenario.const_get(options["mute"]).raw_model) if options["mute"]
    Raw.thing_ctx_cancel(ctx) if options["cancelled"]
    ctx
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
