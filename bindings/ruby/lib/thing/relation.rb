# frozen_string_literal: true

module Thing
  # A query that has not run: each method gives another one, and what enumerates it runs it, once.
  class Relation
    include Enumerable

    # The model that is asked.
    attr_reader :klass

    def initialize(klass, document = {}) # :nodoc:
      @klass = klass
      @document = document.freeze
    end


    # Conditions that must hold, too: where(name: "Ann", age: 18.., id: [1, 2], author: {name: "Bob"}, age: {lt: 5}).
    def where(conditions = nil, **more)
      return WhereChain.new(self) if conditions.nil? && more.empty?

      with_conditions(Conditions.of(klass, {**(conditions || {}), **more}))
    end


    def not(conditions) # :nodoc:
      with_conditions("NOT" => Conditions.of(klass, conditions))
    end


    # The rows of either query.
    def or(other)
      with("where" => {"OR" => [@document["where"] || {}, other.document["where"] || {}]})
    end


    # order(:name, age: :desc)
    def order(*fields, **directions)
      orders = fields.flat_map { |one| one.is_a?(Hash) ? one.map { |k, v| {k.to_s => v.to_s} } : [{one.to_s => "asc"}] }
      with("orderBy" => (@document["orderBy"] || []) + orders + directions.map { |k, v| {k.to_s => Codec.condition(v)} })
    end


    # At most so many rows.
    def limit(number)
      with("take" => number)
    end


    # Without the first rows.
    def offset(number)
      with("skip" => number)
    end


    # Loads these fields alone; to read another one is Thing::StateError.
    def select(*fields, &block)
      block ? super(&block) : with("select" => fields.map(&:to_s))
    end


    # Without a default scope, or without all.
    def unscoped(name = true)
      with("unscoped" => name == true ? true : name.to_s)
    end


    # With a scope of the model, by its name.
    def scoped(name)
      with("scope" => (@document["scope"] || []) + [name.to_s])
    end


    # Locks the rows until the transaction ends: :update, or :share.
    def lock(how = :update)
      with("lock" => how.to_s)
    end


    # Loads relations of all rows together: includes(:author, posts: :comments, tags: {where: {hot: true}}).
    def includes(*names, **nested)
      with("include" => (@document["include"] || {}).merge(Conditions.include(names, nested)))
    end


    # Each record.
    def each(&block)
      block ? (records.each(&block); self) : to_enum { size }
    end


    # The records.
    def to_a
      records.dup
    end

    alias to_ary to_a
    # How many there are; counted by the database unless they are loaded.
    def size
      @records ? @records.size : count
    end

    alias length size
    # Whether there are none.
    def empty?
      @records ? @records.empty? : !exists?
    end


    # Whether there are any, or any of that kind.
    def any?(*args, &block)
      args.empty? && !block ? !empty? : super
    end


    # Whether there are none, or none of that kind.
    def none?(*args, &block)
      args.empty? && !block ? empty? : super
    end


    # The record at this place.
    def [](index)
      records[index]
    end


    # The last record, or so many; of all that are loaded.
    def last(*count)
      records.last(*count)
    end


    # Whether it has run.
    def loaded?
      !@records.nil?
    end


    # The same query, which has not run.
    def reload
      with({})
    end


    # How many there are, counted by the database. With a block, as Enumerable has it.
    def count(*args, &block)
      return super if block || !args.empty?

      total = Raw.thing_query_count(db.raw, db.context, criteria)
      total = [total - @document["skip"], 0].max if @document["skip"]
      @document["take"] ? [total, @document["take"]].min : total
    end


    # Whether there is one.
    def exists?(conditions = nil)
      return where(conditions).exists? if conditions

      Raw.thing_query_exists(db.raw, db.context, criteria)
    end


    # The first record or nil; the first +number+ as an array.
    def first(number = nil)
      return limit(number).to_a if number
      return @records.first if @records

      adopted(Raw.thing_query_first(db.raw, db.context, criteria))
    end


    # The first record, or Thing::RecordNotFound.
    def first!
      first || raise(klass.not_found)
    end


    # The only row; Thing::OutOfRange when there are more.
    def sole
      adopted(Raw.thing_query_sole(db.raw, db.context, criteria)) || raise(klass.not_found)
    end


    # The first record that fulfils conditions, or nil.
    def find_by(conditions = nil, **more)
      where(conditions, **more).first
    end


    # The first record that fulfils conditions, or Thing::RecordNotFound.
    def find_by!(conditions = nil, **more)
      find_by(conditions, **more) || raise(klass.not_found)
    end


    # Values of a field, or arrays of values of several, as they are in records.
    def pluck(*fields)
      rows = with("select" => fields.map(&:to_s)).to_a
      fields.one? ? rows.map { |row| row[fields.first] } : rows.map { |row| fields.map { |field| row[field] } }
    end


    # The keys.
    def ids
      pluck(klass.primary_key)
    end


    # Streams: the rows are never all in memory.
    def find_each(batch_size: 1000, &block)
      return to_enum(:find_each, batch_size: batch_size) unless block

      in_batches(of: batch_size) { |rows| rows.each(&block) }
    end


    # Streams arrays of at most so many records.
    def in_batches(of: 1000)
      return to_enum(:in_batches, of: of) unless block_given?

      context = db.context || Raw.thing_ctx_new(db.raw)
      cursor = Raw.thing_query_open(db.raw, context, criteria, of)
      while (rows = Raw.thing_cursor_next(cursor, context))
        yield Raw.rows_to_a(rows, klass)
      end
    ensure
      Raw.close_cursor(cursor) if cursor
    end


    # One statement, without hooks. Gives the number of rows.
    def update_all(values)
      Raw.thing_update_where(db.raw, db.context, criteria, JSON.generate(Codec.plain(values)), Raw::THING_BULK_ALL)
    end


    # One statement, without hooks. Gives the number of rows.
    def delete_all(mode: :default)
      Raw.thing_delete_where(db.raw, db.context, criteria, Model::DELETE.fetch(mode), Raw::THING_BULK_ALL)
    end


    # What would run: {"sql" => ...}.
    def explain
      JSON.parse(Raw.thing_query_explain(db.raw, db.context, criteria))
    end


    # The statement that would run.
    def to_sql
      explain["sql"]
    end


    # JSON of the rows, made by the library.
    def to_json(*)
      Raw.thing_rows_json(rows, 0)
    end


    # The query as a document.
    def inspect
      "#<Thing::Relation #{klass} #{JSON.generate(@document)}>"
    end


    # Compares queries; with anything else, their records.
    def ==(other)
      other.is_a?(Relation) ? document == other.document && klass == other.klass : to_a == other
    end

    attr_reader :document # :nodoc:

    # Scopes of the model chain.
    def method_missing(name, *args, **named, &block)
      return super unless klass.scopes.key?(name)

      scope = klass.scopes[name]
      scope.is_a?(Proc) ? instance_exec(*args, **named, &scope) : scoped(name)
    end


    def respond_to_missing?(name, private = false) # :nodoc:
      klass.scopes.key?(name) || super
    end

    private

    def db
      klass.database
    end


    def with(more)
      Relation.new(klass, @document.merge(more))
    end


    def adopted(object)
      object && Raw.adopt(klass.allocate, object)
    end


    def records
      @records ||= Raw.rows_to_a(rows, klass)
    end


    def rows
      Raw.thing_query(db.raw, db.context, db.model(klass), JSON.generate(@document))
    end


    def criteria
      Raw.thing_criteria_parse(db.model(klass), JSON.generate(@document))
    end


    def with_conditions(conditions)
      before = @document["where"]
      with("where" => before ? {"AND" => [before, conditions]} : conditions)
    end
  end


  # where.not(...)
  class WhereChain # :nodoc:
    def initialize(relation)
      @relation = relation
    end


    def not(conditions)
      @relation.not(conditions)
    end
  end


  # What stands in where and includes, as criteria documents have it.
  module Conditions # :nodoc:
    module_function

    QUANTIFIERS = %w[some none every is isNot is_not].freeze
    GROUPS = %w[AND OR NOT].freeze

    def of(klass, conditions)
      conditions.each_with_object({}) do |(name, value), out|
        add(klass, name.to_s, value, out)
      end
    end


    def add(klass, name, value, out)
      relation = klass.relations[name.to_sym]
      if GROUPS.include?(name)
        out[name] = value.is_a?(Array) ? value.map { |one| of(klass, one) } : of(klass, value)
      elsif relation && value.is_a?(Hash)
        out[name] = related(relation, value)
      elsif relation && value.is_a?(Model)
        out[relation.fields.first.to_s] = value.id
      else
        out[name] = Codec.condition(value)
      end
    end


    def related(relation, value)
      quantified = value.keys.all? { |key| QUANTIFIERS.include?(key.to_s) }
      return value.to_h { |key, one| [Codec::OPERATORS.fetch(key.to_sym, key.to_s), one && of(relation.target, one)] } if quantified

      relation.many? ? {"some" => of(relation.target, value)} : of(relation.target, value)
    end

    OPTIONS = {where: "where", order: "orderBy", limit: "take", offset: "skip", include: "include", select: "select"}.freeze

    def include(names, nested)
      out = names.each_with_object({}) { |one, all| one.is_a?(Hash) ? all.merge!(include([], one)) : all[one.to_s] = true }
      nested.each { |name, inner| out[name.to_s] = inner_include(inner) }
      out
    end


    def inner_include(inner)
      return {"include" => include(Array(inner), {})} unless inner.is_a?(Hash)
      return {"include" => include([], inner)} unless inner.keys.all? { |key| OPTIONS.key?(key) }

      inner.to_h { |key, value| [OPTIONS[key], key == :include ? include(Array(value), {}) : Codec.plain(value)] }
    end
  end
end
