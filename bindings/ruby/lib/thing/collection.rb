# frozen_string_literal: true

module Thing
  # The rows of a relation to many, of one record: loaded when they are first asked for, and kept with it.
  class Collection
    include Enumerable

    def initialize(owner, related) # :nodoc:
      @owner = owner
      @related = related
    end

    # Each of the rows.
    def each(&block)
      block ? (to_a.each(&block); self) : to_enum
    end

    # The rows.
    def to_a
      Raw.rows_to_a(@owner.load_related(@related), @related.target)
    end

    alias to_ary to_a
    # How many there are.
    def size
      to_a.size
    end

    alias length size
    # Whether there are none.
    def empty?
      size.zero?
    end

    # The row at this place.
    def [](index)
      to_a[index]
    end

    # Loads them again.
    def reload
      @owner.load_related(@related, again: true)
      self
    end

    # Compares the rows.
    def ==(other)
      to_a == other.to_a
    end

    # The rows, inspected.
    def inspect
      to_a.inspect
    end

    # A record that is saved with its owner, after it.
    def build(values = {}, **more)
      child = @related.target.new(values, **more)
      Raw.thing_obj_add_related(@owner, @related.name.name, child)
      child
    end

    # A new record of the owner, which has to be saved itself, is saved when its rules hold.
    def create(values = {}, **more)
      created(values, more, &:save)
    end

    # As create; what is wrong is raised.
    def create!(values = {}, **more)
      created(values, more, &:save!)
    end

    # Holds a record that is there, to be saved with the owner.
    def attach(record)
      Raw.thing_obj_add_related(@owner, @related.name.name, record)
      record
    end

    # A query for these rows, which the database answers: relation.where(...), count, page. Rows behind other relations are
    # named by their keys.
    def relation
      Relation.new(@related.target, document)
    rescue Unsupported
      @related.target.where(@related.target.primary_key => map(&:id))
    end

    # These rows in another order than that of the relation.
    def order(*fields, **directions)
      relation.reorder(*fields, **directions)
    end

    %i[where limit offset count exists? pluck ids sum average minimum maximum find_by find_by! find_each in_batches].each do |name|
      define_method(name) { |*args, **named, &block| relation.public_send(name, *args, **named, &block) }
    end

    # Whether the rows are here already.
    def loaded?
      Raw.thing_obj_has_related(@owner, @related.name.name)
    end

    # Makes saved records the owner's, or no longer; at once.
    def <<(record)
      link(Raw::THING_LINK_ADD, [record])
      self
    end

    # Makes records, or the rows with these keys, the owner's. Gives how many were added and removed, as the next ones do.
    # +pivot+: other fields of the pairs, of many to many.
    def add(*records, pivot: nil)
      link(Raw::THING_LINK_ADD, records, pivot)
    end

    # They are no longer the owner's.
    def remove(*records)
      link(Raw::THING_LINK_REMOVE, records)
    end

    # None are.
    def clear
      link(Raw::THING_LINK_REMOVE, nil)
    end

    # These are the owner's, and no others.
    def replace(records, pivot: nil)
      link(Raw::THING_LINK_SET, records, pivot)
    end

    # Those that are the owner's are so no longer, the others are.
    def toggle(*records, pivot: nil)
      link(Raw::THING_LINK_TOGGLE, records, pivot)
    end

    private

    def document
      JSON.parse(Raw.thing_criteria_json(Raw.thing_criteria_related(@owner, @related.name.name)))
    end

    def created(values, more, &save)
      child = @related.target.new(values, **more)
      if @related.kind == :many_to_many
        add(child) if save.call(child)
        return child
      end
      Raw.thing_obj_assign_json(child, JSON.generate(owned))
      @owner.load_related(@related, again: true) if save.call(child)
      child
    end

    # The fields by which a row belongs to the owner, as the query for its rows has them.
    def owned
      conditions = document.fetch("where").fetch("AND")
      conditions.reduce({}, :merge).filter_map { |name, one| [name, one["equals"]] if one.is_a?(Hash) && one.key?("equals") }.to_h
    end

    # No records at all mean all of them.
    def link(mode, records, pivot = nil)
      db = @owner.class.database
      keys = records && JSON.generate(Codec.plain(keys_of(records)))
      done = Raw.thing_link(db.raw, db.context, @owner, @related.name.name, mode, keys, pivot && JSON.generate(Codec.plain(pivot)))
      raise @related.target.not_found if done.nil?

      @owner.load_related(@related, again: true)
      done
    end

    # A list in place of several arguments; a key of several fields stays one.
    def keys_of(records)
      list = records.size == 1 && records.first.is_a?(Enumerable) && !records.first.is_a?(Hash) ? records.first.to_a : records
      list.map { |one| one.is_a?(Model) ? one.id : one }
    end
  end
end
