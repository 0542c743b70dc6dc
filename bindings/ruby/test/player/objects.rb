# frozen_string_literal: true

# Verbs that work with records.
module Objects
  Raw = Thing::Raw

  def do_new(step) = show(step, keep(step, made(step)))
  def do_create(step) = show(step, keep(step, made(step)).save!)
  def do_set(step) = show(step, Native.assign(object(step), step["data"]))
  def do_show(step) = show(step, object(step), flags(step, "THING_JSON_", "hidden", "changed"))
  def do_forget(step) = @objects.delete(step["of"]) && nil

  def do_fill(step)
    Raw.thing_obj_fill_json(object(step), JSON.generate(step["json"]), flags(step, "THING_FILL_", "strict", "if_absent"))
    show(step, object(step))
  end

  def do_copy(step)
    copy = object(step).class.new(object(step).attributes)
    show(step, keep(step, Native.assign(copy, step["data"] || {})).save!)
  end

  def do_replicate(step)
    source = object(step)
    except = (step["except"] || []).map { |name| source.class.field_index(name.to_sym) }
    copy = Raw.adopt(source.class.allocate, Raw.thing_obj_replicate(source, except))
    show(step, keep(step, Native.assign(copy, step["data"] || {})))
  end

  def do_read(step)
    values = object(step).attributes.map do |name, value|
      "#{Trace.quote(name)}:#{Native.printed(value, Native.type(object(step), name.to_sym))}"
    end
    "{#{values.join(",")}}"
  end

  def do_state(step)
    record = object(step)
    JSON.generate({new: record.new_record?, dirty: record.changed, deleted: record.destroyed?})
  end

  def do_changes(step) = Raw.thing_obj_changes_json(object(step))
  def do_saved_changes(step) = Raw.thing_obj_saved_changes_json(object(step))

  def do_revert(step)
    object(step).restore_attributes(*step["field"])
    show(step, object(step))
  end

  def do_validate(step)
    Raw.thing_obj_validate(object(step))
    nil
  end

  def do_save(step) = show(step, object(step).save!)
  def do_reload(step) = show(step, object(step).reload)
  def do_upsert(step) = show(step, object(step).upsert(by: step["by"].map(&:to_sym)))
  def do_delete(step) = object(step).destroy!(mode: mode(step)) && nil
  def do_restore(step) = object(step).restore ? show(step, object(step)) : missing(object(step).class)

  def do_fresh(step)
    found = Raw.thing_fresh(@db.raw, @db.context, object(step)) || missing(object(step).class)
    show(step, keep(step, Raw.adopt(object(step).class.allocate, found)))
  end

  def do_save_many(step) = rows(step, objects(step).first.class.save_all(objects(step)))

  def do_delete_many(step)
    Raw.thing_delete_many(@db.raw, @db.context, objects(step), 0) || missing(objects(step).first.class)
    nil
  end

  # ---- by key

  def do_find(step)
    key = step["key"]
    klass = model(step)
    show(step, keep(step, key.is_a?(Array) ? klass.find_or_nil(key) || missing(klass) : klass.find(key)))
  end

  def do_find_many(step)
    found = Raw.thing_by_keys(@db.raw, @db.context, model(step).raw_model, JSON.generate(step["keys"]))
    rows(step, Raw.rows_to_a(found, model(step)))
  end

  def do_incr(step) = model(step).increment(step["key"], step["field"].to_sym, step["by"])

  def do_delete_key(step)
    key = JSON.generate(step["key"])
    Raw.thing_delete_by_key(@db.raw, @db.context, model(step).raw_model, key, Thing::Model::DELETE.fetch(mode(step))) ||
      missing(model(step))
    nil
  end

  # ---- relations

  def do_related(step)
    record = object(step)
    return rows(step, [record.public_send(step["relation"])].compact) unless relation(step).many?

    found = record.public_send(step["relation"])
    found.reload if step["again"]
    rows(step, found)
  end

  def do_related_one(step)
    record = object(step)
    name = step["relation"].to_sym
    return show(step, keep(step, strictly(step))) if step["strict"] || !record.class.relations.key?(name)

    show(step, keep(step, record.public_send(name) || missing(record.class)))
  end

  # In a way that classes have no word for; or a relation that there is none of.
  def strictly(step)
    flags = step["strict"] ? Raw::THING_LOAD_STRICT : 0
    found = Raw.thing_related_one(@db.raw, @db.context, object(step), step["relation"], flags)
    Raw.adopt(relation(step).target.allocate, found || missing(object(step).class))
  end

  def do_load(step)
    Raw.thing_obj_load(@db.raw, @db.context, object(step), JSON.generate(step["include"])) || missing(object(step).class)
    show(step, object(step))
  end

  def do_set_related(step)
    object(step).public_send(:"#{step["relation"]}=", step["other"] && @objects.fetch(step["other"]))
    nil
  end

  def do_add_related(step)
    Raw.thing_obj_add_related(object(step), step["relation"], @objects.fetch(step["child"]))
    nil
  end

  LINKS = {"add" => :add, "remove" => :remove, "set" => :replace}.freeze

  def do_link(step)
    call = LINKS[step["mode"]]
    return linked(step) if call.nil? || step["pivot"] || !step["keys"]

    keys = call == :replace ? [step["keys"]] : step["keys"]
    counts(object(step).public_send(step["relation"]).public_send(call, *keys))
  end

  def linked(step)
    mode = Raw.const_get("THING_LINK_#{step["mode"].upcase}")
    keys, pivot = step.values_at("keys", "pivot").map { |one| one && JSON.generate(one) }
    counts(Raw.thing_link(@db.raw, @db.context, object(step), step["relation"], mode, keys, pivot) || missing(object(step).class))
  end

  def counts(done) = JSON.generate({added: done[0], removed: done[1]})
  def relation(step) = object(step).class.relations.fetch(step["relation"].to_sym)
end
