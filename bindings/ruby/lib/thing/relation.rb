# frozen_string_literal: true

module Thing
  # A query that has not run: each method gives another one, and what enumerates it runs it, once.
  class Relation
    include Enumerable

    # The model that is asked.
    attr_reader :klass

    # +flags+ and +timeout+ are of the calls that it makes.
    def initialize(klass, document = {}, flags = 0, timeout = nil) # :nodoc:
      @klass = klass
      @document = document.freeze
      @flags = flags
      @timeout = timeout
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

    # In this order alone.
    def reorder(*fields, **directions)
      with("orderBy" => []).order(*fields, **directions)
    end

    # In the other direction; without an order, that of the model or of the key is turned.
    def reverse_order
      default = klass.document["order"] || Array(klass.primary_key).map { |name| {name.name => "asc"} }
      with("orderBy" => (@document["orderBy"] || default).map { |one| Conditions.turned(one) })
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

    # Different rows of the selected fields; or of all rows that are alike in these fields, the first.
    def distinct(*fields)
      with("distinct" => fields.empty? ? true : fields.map(&:to_s))
    end

    # Softly deleted rows, too.
    def with_deleted
      calling(Raw::THING_CTX_WITH_DELETED)
    end

    # Softly deleted rows alone.
    def only_deleted
      calling(Raw::THING_CTX_ONLY_DELETED)
    end

    # Answered by the database, and not by the cache.
    def uncached
      calling(Raw::THING_CTX_NO_CACHE_READ)
    end

    # Calls that take longer than so many seconds are Thing::Timeout.
    def timeout(seconds)
      Relation.new(klass, @document, @flags, seconds)
    end

    # No rows, whatever else is asked for.
    def none
      with_conditions("OR" => [])
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

    # The last record or nil; the last +number+ as an array, in order.
    def last(number = nil)
      return records.last(*number) if @records || @document.key?("take") || @document.key?("skip")
      return reverse_order.first unless number

      reverse_order.first(number).reverse
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

      total = call { |raw, ctx| Raw.thing_query_count(raw, ctx, criteria) }
      total = [total - @document["skip"], 0].max if @document["skip"]
      @document["take"] ? [total, @document["take"]].min : total
    end

    # Whether there is one.
    def exists?(conditions = nil)
      return where(conditions).exists? if conditions

      call { |raw, ctx| Raw.thing_query_exists(raw, ctx, criteria) }
    end

    # The first record or nil; the first +number+ as an array.
    def first(number = nil)
      return limit(number).to_a if number
      return @records.first if @records

      @document.key?("take") ? to_a.first : limit(1).to_a.first
    end

    # The first record, or Thing::RecordNotFound.
    def first!
      first || raise(klass.not_found)
    end

    # The only row; Thing::OutOfRange when there are more.
    def sole
      adopted(call { |raw, ctx| Raw.thing_query_sole(raw, ctx, criteria) }) || raise(klass.not_found)
    end

    # The record with the key among these, or Thing::RecordNotFound.
    def find(key)
      names = Array(klass.primary_key)
      where(names.zip(names.one? ? [key] : key).to_h).first!
    end

    # The first record that fulfils conditions, or nil.
    def find_by(conditions = nil, **more)
      where(conditions, **more).first
    end

    # The first record that fulfils conditions, or Thing::RecordNotFound.
    def find_by!(conditions = nil, **more)
      find_by(conditions, **more) || raise(klass.not_found)
    end

    # As find_by; when there is none, a new one with these values that is not saved.
    def find_or_initialize_by(**values)
      find_by(**values) || klass.new(values)
    end

    # As find_by; when there is none, it is created. One that somebody else created meanwhile is found.
    def find_or_create_by(**values)
      find_by(**values) || created(values, :create)
    end

    # As find_or_create_by; what is wrong is raised.
    def find_or_create_by!(**values)
      find_by(**values) || created(values, :create!)
    end

    # Values of a field, or arrays of values of several, as they are in records.
    def pluck(*fields)
      model = db.model(klass)
      places = fields.map { |field| klass.field_index(field) }
      values = Raw.pluck(with("select" => fields.map(&:to_s)).rows, model, places)
      return values unless fields.any? { |field| klass.document?(field.to_sym) }
      return values.map { |value| Codec.load(value) } if fields.one?

      values.map { |row| row.zip(fields).map { |value, field| klass.document?(field.to_sym) ? Codec.load(value) : value } }
    end

    # What pluck gives of the first row, or nil.
    def pick(*fields)
      limit(1).pluck(*fields).first
    end

    # The keys.
    def ids
      pluck(*klass.primary_key)
    end

    # So many rows and the token of the page behind them: limit(20).page, limit(20).page(token).
    def page(token = nil)
      found = (token ? after(token) : self).rows
      following = Raw.thing_rows_next(found)
      Page.new(Raw.rows_to_a(found, klass), following)
    end

    # The rows behind those of a page, by the token of that.
    def after(token)
      with("after" => token)
    end

    # Records, and the token of the page behind them; nil: there is none.
    Page = Struct.new(:records, :next) do
      include Enumerable

      # Each record.
      def each(&block)
        records.each(&block)
      end
    end

    # Streams: the rows are never all in memory.
    def find_each(batch_size: 1000, &block)
      return to_enum(:find_each, batch_size: batch_size) unless block

      in_batches(of: batch_size) { |rows| rows.each(&block) }
    end

    # Streams arrays of at most so many records.
    def in_batches(of: 1000, &block)
      return to_enum(:in_batches, of: of) unless block

      call { |raw, ctx| stream(raw, ctx || Raw.thing_ctx_new(raw), of, &block) }
    end

    # One statement, without hooks: update_all(stars: 5), update_all(stars: {increment: 1}). Gives the number of rows.
    def update_all(values)
      document = JSON.generate(Codec.plain(values))
      call { |raw, ctx| Raw.thing_update_where(raw, ctx, criteria, document, Raw::THING_BULK_ALL) }
    end

    # One statement, without hooks. Gives the number of rows.
    def delete_all(mode: :default)
      call { |raw, ctx| Raw.thing_delete_where(raw, ctx, criteria, Model::DELETE.fetch(mode), Raw::THING_BULK_ALL) }
    end

    # Loads the records and deletes them, all or none, with hooks. Gives them.
    def destroy_all(mode: :default)
      found = to_a
      found.empty? ? found : call { klass.delete_all_of(found, mode: mode) }
    end

    # What would run: {"sql" => ...}.
    def explain
      JSON.parse(call { |raw, ctx| Raw.thing_query_explain(raw, ctx, criteria) })
    end

    # The statement that would run.
    def to_sql
      explain["sql"]
    end

    # JSON of the rows, made by the library; of all fields but hidden ones, or of those that +fields+ chooses: "name,posts{title}".
    def to_json(*, fields: nil, hidden: false)
      flags = hidden ? Raw::THING_JSON_HIDDEN : 0
      fields ? Raw.thing_rows_json_fields(rows, fields, flags) : Raw.thing_rows_json(rows, flags)
    end

    # What to_json prints, as an array.
    def as_json(*, **options)
      JSON.parse(to_json(**options.slice(:fields, :hidden)))
    end

    # The query as a document.
    def inspect
      "#<Thing::Relation #{klass} #{JSON.generate(@document)}>"
    end

    # Compares queries; with anything else, their records.
    def ==(other)
      other.is_a?(Relation) ? klass == other.klass && document == other.document && calls == other.calls : to_a == other
    end

    attr_reader :document # :nodoc:

    def calls # :nodoc:
      [@flags, @timeout]
    end

    # Scopes of the model chain.
    def method_missing(name, *args, **named, &block)
      return super unless klass.scopes.key?(name)

      scope = klass.scopes[name]
      scope.is_a?(Proc) ? instance_exec(*args, **named, &scope) : scoped(name)
    end

    def respond_to_missing?(name, private = false) # :nodoc:
      klass.scopes.key?(name) || super
    end

    # The result of the library.
    def rows # :nodoc:
      document = JSON.generate(@document)
      call { |raw, ctx| Raw.query(raw, ctx, db.model(klass), document) }
    end

    private

    def db
      klass.database
    end

    def with(more)
      Relation.new(klass, @document.merge(more), @flags, @timeout)
    end

    def calling(flag)
      Relation.new(klass, @document, @flags | flag, @timeout)
    end

    # A call with what this query has of its own.
    def call
      database = db
      database.model(klass) # hooks and tables before a ctx of the old process
      return yield(database.raw, database.context) if @flags.zero? && @timeout.nil?

      Calls.with(database, @flags, timeout: @timeout) { yield(database.raw, database.context) }
    end

    def stream(raw, ctx, size)
      held = []
      Raw.open_into(held, raw, ctx, criteria, size)
      while (found = Raw.thing_cursor_next(held.first, ctx))
        yield Raw.rows_to_a(found, klass)
      end
    ensure
      Raw.close_cursor(held.first) if held&.first
    end

    def created(values, how)
      klass.public_send(how, values)
    rescue UniqueViolation
      uncached.find_by(**values) || raise
    end

    def adopted(object)
      object && Raw.adopt(klass.allocate, object)
    end

    def records
      @records ||= Raw.rows_to_a(rows, klass)
    end

    def criteria
      Raw.thing_criteria_parse(db.model(klass), JSON.generate(@document))
    end

    def with_conditions(conditions)
      before = @document["where"]
      with("where" => before ? {"AND" => [before, conditions]} : conditions)
    end
  end
end
