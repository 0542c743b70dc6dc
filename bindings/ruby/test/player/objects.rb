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
    options = %w[strict if_absent].to_h { |name| [name.to_sym, step[name] || false] }
    show(step, object(step).fill(step["json"], **options))
  end

  def do_copy(step)
    copy = object(step).class.new(object(step).attributes)
    show(step, keep(step, Native.assign(copy, step["data"] || {})).save!)
  end

  def do_replicate(step)
    copy = object(step).replicate(except: step["except"] || [])
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

  # As text: Ruby writes floats in other words than the library.
  def do_changes(step) = Raw.thing_obj_changes_json(object(step))
  def do_saved_changes(step) = Raw.thing_obj_saved_changes_json(object(step))

  def do_revert(step)
    object(step).restore_attributes(*step["field"])
    show(step, object(step))
  end

  def do_validate(step) = object(step).validate! && nil

  def do_save(step) = show(step, object(step).save!)
  def do_reload(step) = show(step, object(step).reload)
  def do_upsert(step) = show(step, object(step).upsert(by: step["by"].map(&:to_sym)))
  def do_delete(step) = object(step).destroy!(mode: mode(step)) && nil
  def do_restore(step) = object(step).restore ? show(step, object(step)) : missing(object(step).class)

  def do_fresh(step) = show(step, keep(step, object(step).fresh || missing(object(step).class)))

  def do_save_many(step) = rows(step, objects(step).first.class.save_all(objects(step)))

  def do_delete_many(step) = objects(step).first.class.delete_all_of(objects(step)) && nil

  # ---- by key

  def do_find(step) = show(step, keep(step, model(step).find(step["key"])))
  def do_find_many(step) = rows(step, model(step).find_existing(step["keys"]))
  def do_incr(step) = model(step).increment(step["key"], step["field"].to_sym, step["by"])

  def do_delete_key(step)
    model(step).delete(step["key"], mode: mode(step)) || missing(model(step))
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
    return unknown(step) unless record.class.relations.key?(name)

    found = step["strict"] ? record.related(name, strict: true) : record.public_send(name)
    show(step, keep(step, found || missing(record.class)))
  end

  # A class has no method for a relation that there is none of: what the library says.
  def unknown(step) = Raw.thing_related_one(@db.raw, @db.context, object(step), step["relation"], 0)

  def do_load(step) = show(step, object(step).load_relations(**includes(step["include"])))

  WORDS = {"orderBy" => :order, "take" => :limit, "skip" => :offset}.freeze

  # An include of documents in the words of the layer.
  def includes(document)
    document.to_h { |key, value| [WORDS.fetch(key, key.to_sym), value.is_a?(Hash) ? includes(value) : value] }
  end

  def do_set_related(step)
    object(step).public_send(:"#{step["relation"]}=", step["other"] && @objects.fetch(step["other"]))
    nil
  end

  def do_add_related(step)
    record = object(step)
    child = @objects.fetch(step["child"])
    relation(step).many? ? record.public_send(step["relation"]).attach(child) : record.public_send(:"#{step["relation"]}=", child)
    nil
  end

  LINKS = {"add" => :add, "remove" => :remove, "set" => :replace, "toggle" => :toggle}.freeze

  def do_link(step)
    rows = object(step).public_send(step["relation"])
    return counts(rows.clear) unless step["keys"]

    keys = step["mode"] == "set" ? [step["keys"]] : step["keys"]
    counts(rows.public_send(LINKS.fetch(step["mode"]), *keys, **(step["pivot"] ? {pivot: step["pivot"]} : {})))
  end

  def counts(done) = JSON.generate({added: done[0], removed: done[1]})
  def relation(step) = object(step).class.relations.fetch(step["relation"].to_sym)
end
