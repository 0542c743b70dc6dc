# frozen_string_literal: true

# Verbs that work with models, queries, the database, transactions and hooks.
module Calls
  Raw = Thing::Raw

  def do_register(step)
    Raw.thing_model_register(@db.raw, JSON.generate(step["document"] || @scenario["models"]))
    nil
  end

  def do_sync(_step) = @db.sync && nil
  def do_describe(step) = model(step).definition
  def do_open(step) = Thing::Database.new(step["config"]).close && nil
  def do_close(_step) = @db.close && nil

  # ---- queries

  def query(step) = Thing::Relation.new(model(step), step["criteria"])

  def do_query(step)
    found = query(step).to_a
    keep(step, found.first) unless found.empty?
    rows(step, found)
  end

  def do_first(step) = show(step, keep(step, query(step).first!))
  def do_sole(step) = show(step, keep(step, query(step).sole))
  def do_count(step) = query(step).count
  def do_exists(step) = query(step).exists?
  def do_pluck(step) = JSON.generate(query(step).pluck(step["field"].to_sym))

  def do_pages(step)
    pages = []
    token = nil
    loop do
      page = query(step).page(token)
      pages << rows(step, page)
      token = page.next or return "[#{pages.join(",")}]"
    end
  end

  def do_stream(step) = rows(step, query(step).in_batches(of: step["batch"]).flat_map(&:itself))

  def do_update_where(step)
    return query(step).update_all(step["set"]) if step["all"] || step["criteria"].key?("where")

    Raw.thing_update_where(@db.raw, @db.context, criteria(step), JSON.generate(step["set"]), 0)
  end

  def do_delete_where(step)
    return query(step).delete_all(mode: mode(step)) if step["all"] || step["criteria"].key?("where")

    Raw.thing_delete_where(@db.raw, @db.context, criteria(step), Thing::Model::DELETE.fetch(mode(step)), 0)
  end

  def criteria(step) = Raw.thing_criteria_parse(model(step).raw_model, JSON.generate(step["criteria"]))

  def do_insert_many(step)
    made = step["rows"].map { |row| Native.assign(model(step).new, row) }
    model(step).insert_all(made)
    made.all? { |record| record.id.is_a?(Integer) } ? JSON.generate(made.map(&:id)) : nil
  end

  # ---- everything

  def do_call(step) = @db.call_json(step["model"], step["action"], JSON.generate(step["args"] || {}))
  def do_sql(step) = JSON.generate(@db.sql(step["sql"], *step["params"]))
  def do_exec(step) = @db.execute(step["sql"], *step["params"], tables: step["tables"])

  # ---- transactions

  def do_tx(step)
    options = (step["flags"] || []).to_h { |flag| OPTIONS.fetch(flag) }
    options[:attempts] = step["attempts"] if step["attempts"]
    outer = @place
    @db.transaction(**options) do |transaction|
      @transactions[step["as"]] = transaction if step["as"]
      @place = "#{outer}."
      play(step["steps"])
    end
    nil
  ensure
    @place = outer if outer
  end

  OPTIONS = {
    "read_only" => [:read_only, true], "deferred" => [:deferred, true], "read_committed" => %i[isolation read_committed],
    "repeatable_read" => %i[isolation repeatable_read], "serializable" => %i[isolation serializable]
  }.freeze

  def do_rollback(_step) = raise(Thing::Rollback)
  def do_throw(step) = raise(Thrown, step["text"])

  def do_fail(step)
    @reached[@place] += 1
    return if @reached[@place] > (step["times"] || 1)

    @failed = Thing::Error::CLASSES.fetch(Raw.const_get("THING_#{step["code"]}")).new("failed")
    raise @failed
  end

  # ---- hooks

  def do_hook(step)
    @hooks[step["as"]] = @db.on(*step["on"].map(&:to_sym), model: step["model"] && model(step)) do |record, event|
      hear(step, event, record)
    end
    nil
  end

  def hear(step, event, record)
    @heard << "#{step["as"]} #{event} #{record.class.model_name_in_database}"
    case step["act"]
    when "set" then Native.assign(record, {step["field"] => step["value"]})
    when "create" then Native.assign(Scenario.const_get(step["into"]).new, step["data"]).save!
    when "refuse" then raise Thing::CallbackRefused, "refused by #{step["as"]}"
    when "throw" then raise Thrown, "thrown by #{step["as"]}"
    end
  end

  def do_unhook(step)
    @hooks.fetch(step["of"]).remove || raise(Thing::RecordNotFound)
    nil
  end

  def do_heard(_step)
    heard = JSON.generate(@heard)
    @heard = []
    heard
  end
end
