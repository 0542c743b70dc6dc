# frozen_string_literal: true

module Thing
  # A query that has not run: each method gives another one, and what enumerates it runs it, once.
  class Relation
    include Enumerable

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

    def not(conditions) = with_conditions("NOT" => Conditions.of(klass, conditions)) # :nodoc:
    # The rows of either query.
    def or(other) = with("where" => {"OR" => [@document["where"] || {}, other.document["where"] || {}]})

    # order(:name, age: :desc)
    def order(*fields, **directions)
      orders = fields.flat_map { |one| one.is_a?(Hash) ? one.map { |k, v| {k.to_s => v.to_s} } : [{one.to_s => "asc"}] }
      with("orderBy" => (@document["orderBy"] || []) + orders + directions.map { |k, v| {k.to_s => Codec.condition(v)} })
    end

    def limit(number) = with("take" => number)
    def offset(number) = with("skip" => number)
    # Loads these fields alone; to read another one is Thing::StateError.
    def select(*fields, &block) = block ? super(&block) : with("select" => fields.map(&:to_s))
    def unscoped(name = true) = with("unscoped" => name == true ? true : name.to_s)
    def scoped(name) = with("scope" => (@document["scope"] || []) + [name.to_s])
    def lock(how = :update) = with("lock" => how.to_s)

    # Loads relations of all rows together: includes(:author, posts: :comments, tags: {where: {hot: true}}).
    def includes(*names, **nested)
      with("include" => (@document["include"] || {}).merge(Conditions.include(names, nested)))
    end

    def each(&block) = block ? (records.each(&block); self) : to_enum { size }
    def to_a = records.dup
    alias to_ary to_a
    def size = @records ? @records.size : count
    alias length size
    def empty? = @records ? @records.empty? : !exists?
    def any?(*args, &block) = args.empty? && !block ? !empty? : super
    def none?(*args, &block) = args.empty? && !block ? empty? : super
    def [](index) = records[index]
    def last(*count) = records.last(*count)
    def loaded? = !@records.nil?
    def reload = with({})

    def count(*args, &block)
      return super if block || !args.empty?

      total = Raw.thing_query_count(db.raw, db.context, criteria)
      total = [total - @document["skip"], 0].max if @document["skip"]
      @document["take"] ? [total, @document["take"]].min : total
    end

    def exists?(conditions = nil)
      return where(conditions).exists? if conditions

      Raw.thing_query_exists(db.raw, db.context, criteria)
    end

    def first(number = nil)
      return limit(number).to_a if number
      return @records.first if @records

      adopted(Raw.thing_query_first(db.raw, db.context, criteria))
    end

    def first! = first || raise(klass.not_found)
    # The only row; Thing::OutOfRange when there are more.
    def sole = adopted(Raw.thing_query_sole(db.raw, db.context, criteria)) || raise(klass.not_found)
    def find_by(conditions = nil, **more) = where(conditions, **more).first
    def find_by!(conditions = nil, **more) = find_by(conditions, **more) || raise(klass.not_found)

    # Values of a field, or arrays of values of several, as they are in records.
    def pluck(*fields)
      rows = with("select" => fields.map(&:to_s)).to_a
      fields.one? ? rows.map { |row| row[fields.first] } : rows.map { |row| fields.map { |field| row[field] } }
    end

    def ids = pluck(klass.primary_key)

    # Streams: the rows are never all in memory.
    def find_each(batch_size: 1000, &block)
      return to_enum(:find_each, batch_size: batch_size) unless block

      in_batches(of: batch_size) { |rows| rows.each(&block) }
    end

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
    def update_all(values) = Raw.thing_update_where(db.raw, db.context, criteria, JSON.generate(Codec.plain(values)), Raw::THING_BULK_ALL)
    def delete_all(mode: :default)
      Raw.thing_delete_where(db.raw, db.context, criteria, Model::DELETE.fetch(mode), Raw::THING_BULK_ALL)
    end

    # What would run: {"sql" => ...}.
    def explain = JSON.parse(Raw.thing_query_explain(db.raw, db.context, criteria))
    def to_sql = explain["sql"]
    def to_json(*) = Raw.thing_rows_json(rows, 0)
    def inspect = "#<Thing::Relation #{klass} #{JSON.generate(@document)}>"
    def ==(other) = other.is_a?(Relation) ? document == other.document && klass == other.klass : to_a == other

    attr_reader :document # :nodoc:

    # Scopes of the model chain.
    def method_missing(name, *args, **named, &block)
      return super unless klass.scopes.key?(name)

      scope = klass.scopes[name]
      scope.is_a?(Proc) ? instance_exec(*args, **named, &scope) : scoped(name)
    end

    def respond_to_missing?(name, private = false) = klass.scopes.key?(name) || super

    private

    def db = klass.database
    def with(more) = Relation.new(klass, @document.merge(more))
    def adopted(object) = object && Raw.adopt(klass.allocate, object)
    def records = (@records ||= Raw.rows_to_a(rows, klass))
    def rows = Raw.thing_query(db.raw, db.context, db.model(klass), JSON.generate(@document))
    def criteria = Raw.thing_criteria_parse(db.model(klass), JSON.generate(@document))

    def with_conditions(conditions)
      before = @document["where"]
      with("where" => before ? {"AND" => [before, conditions]} : conditions)
    end
  end

  # where.not(...)
  class WhereChain # :nodoc:
    def initialize(relation) = @relation = relation
    def not(conditions) = @relation.not(conditions)
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
