# frozen_string_literal: true

module Thing
  # A record. Classes of an application inherit from it and declare attributes and relations (Definition); what they find
  # are their instances. An instance belongs to one thread at a time.
  class Model < Raw::Record
    # How rows are deleted: as the model does, softly, or for good.
    DELETE = {default: 0, soft: 1, hard: 2}.freeze

    @known = []
    @writers = {}
    class << self
      def inherited(klass) # :nodoc:
        super
        klass.extend(Definition)
        Model.known << klass
      end

      attr_reader :known, :writers # :nodoc:

      # The classes that are complete and belong to a database.
      def classes_of(database) # :nodoc:
        @known.select { |klass| klass.name && klass.defined_here? && klass.database.equal?(database) }
      end

      # The class of a model's name, the one that came last; a record of one that has none is a Raw::Record.
      def named(name) # :nodoc:
        @known.reverse_each.find { |klass| klass.name && klass.defined_here? && klass.model_name_in_database == name } || Raw::Record
      end

      # The database of the class: the default one, unless it names another: database :archive.
      def database(name = nil)
        if name
          @database_name = name
          Raw.unbind
        end
        Thing.database(database_name)
      end

      def database_name # :nodoc:
        @database_name || (superclass.equal?(Raw::Record) ? :default : superclass.database_name)
      end

      def raw_model # :nodoc:
        database.model(self)
      end

      def field_index(name) # :nodoc:
        @indexes[name] || @indexes[name.to_sym] || raise(InvalidArgument, "#{self} has no field '#{name}'")
      end

      def writer(name) # :nodoc:
        Model.writers[name] ||= :"#{name}="
      end

      # The names of all fields, as symbols.
      def field_names
        raw_model
        @indexes.keys
      end

      # The names of all fields, as strings.
      def column_names
        field_names.map(&:name)
      end

      # The library has the model now, so places of fields are known.
      def registered(model) # :nodoc:
        @registered = true
        @indexes = (0...Raw.thing_model_field_count(model)).to_h { |i| [Raw.thing_model_field_name(model, i).to_sym, i] }
        @documents = @indexes.keys.select { |name| document_field?(model, @indexes[name]) }
        keys = @indexes.select { |_, i| Raw.thing_model_field_flags(model, i).anybits?(Raw::THING_FIELD_PRIMARY) }.keys
        @key = keys.one? ? keys.first : keys
        @indexes.each { |name, i| place_attribute(name, i) }
        define_key unless @indexes.key?(:id) || generated.method_defined?(:id)
      end

      # The name of the key's field, or an array of them.
      def primary_key
        raw_model
        @key
      end

      # The types of all fields, as model documents name them: {name: :text, ...}.
      def types
        model = raw_model
        @types ||= @indexes.transform_values { |i| Definition::TYPES[Raw.thing_model_field_type(model, i) - 1] }
      end

      # The name of the table.
      def table_name
        Raw.thing_model_table(raw_model)
      end

      # The whole definition with every default written out, as JSON.
      def definition
        Raw.thing_model_json(raw_model)
      end

      def not_found # :nodoc:
        RecordNotFound.new("no such #{name}", model: model_name_in_database)
      end

      def missing # :nodoc:
        raise not_found
      end

      # For ActiveModel, when that is loaded.
      def model_name
        @model_name ||= ::ActiveModel::Name.new(self)
      end

      # All rows, as a query that has not run.
      def all
        Relation.new(self)
      end

      %i[where order limit offset includes select distinct count pluck pick exists? first first! last sole find_by find_by! find_each
         in_batches page after none ids unscoped scoped with_deleted only_deleted uncached timeout update_all delete_all destroy_all
         lock sum average minimum maximum aggregate group find_or_initialize_by find_or_create_by find_or_create_by! to_sql
         explain].each do |name|
        define_method(name) { |*args, **named, &block| all.public_send(name, *args, **named, &block) }
      end

      ##
      # :method: find
      # :call-seq: find(key, ...)
      # The record with the key, or those with the keys, in their order. Thing::RecordNotFound when one is not there. A key
      # of several fields is an array.

      def find_any(*keys) # :nodoc:
        return find_all(keys) if keys.size > 1 || several?(keys.first)

        found = find_or_nil(keys.first) || raise(not_found)
        Raw.bind(self, database.raw, raw_model) if database.context.nil? && int_key?
        found
      end

      def find_or_nil(key) # :nodoc:
        db = database
        return Raw.find(db.raw, db.context, db.model(self), key, self) if key.is_a?(Integer) && Codec::INT64.cover?(key) && int_key?

        object = Raw.thing_by_key(db.raw, db.context, db.model(self), JSON.generate(Codec.plain(key)))
        object && Raw.adopt(allocate, object)
      end

      # Those records of the keys that are there, in the order of the keys.
      def find_existing(keys)
        db = database
        Raw.rows_to_a(Raw.thing_by_keys(db.raw, db.context, db.model(self), JSON.generate(Codec.plain(keys))), self)
      end

      # Deletes the row with the key, without a record and its hooks. false: it was not there.
      def delete(key, mode: :default)
        db = database
        Raw.thing_delete_by_key(db.raw, db.context, db.model(self), JSON.generate(Codec.plain(key)), DELETE.fetch(mode)) || false
      end

      # Adds to a number of the row with the key in the database, and gives what it is now.
      def increment(key, name, by = 1)
        db = database
        Raw.thing_incr_by_key(db.raw, db.context, db.model(self), JSON.generate(Codec.plain(key)), field_index(name), by) ||
          raise(not_found)
      end

      # A new record, saved when its rules hold: see errors.
      def create(values = {}, **more)
        new(values, **more).tap(&:save)
      end

      # A new record that is saved, or an error.
      def create!(values = {}, **more)
        new(values, **more).tap(&:save!)
      end

      # As Database#transaction.
      def transaction(**options, &block)
        database.transaction(**options, &block)
      end

      # Inserts rows (hashes, or records) and gives their records: all or none, many rows a statement, without hooks.
      def insert_all(rows)
        records = records_of(rows)
        database.with(hooks: false) { save_all(records) }
      end

      # As insert_all, with hooks.
      def create_all(rows)
        save_all(records_of(rows))
      end

      # Saves new and changed records, all or none, many rows a statement, with hooks.
      def save_all(records)
        Raw.thing_save_many(database.raw, database.context, records) || raise(not_found)
        records
      end

      # Inserts rows, or updates those with the same values in +by+ (the key), all or none. +update+: what a row that is there
      # takes (all that is set). +keep+: it takes nothing. Gives the records, each with its row.
      def upsert_all(rows, by: [], update: [], keep: false)
        records = records_of(rows)
        Raw.thing_upsert_many(database.raw, database.context, records, places(by), places(update), keep ? Raw::THING_UPSERT_KEEP : 0)
        records
      end

      # Deletes records, all or none, with hooks. Thing::RecordNotFound when one was not there.
      def delete_all_of(records, mode: :default)
        Raw.thing_delete_many(database.raw, database.context, records, DELETE.fetch(mode)) || raise(not_found)
        records
      end

      # Whether a JSON document or a list is what the field holds.
      def document?(name) # :nodoc:
        @documents.include?(name)
      end

      # As Database#call, of this model.
      def call(action, document = {})
        database.call(self, action, document)
      end

      private

      def records_of(rows)
        raw_model
        rows.map { |row| row.is_a?(Model) ? row : new(row) }
      end

      def places(names)
        raw_model
        Array(names).map { |name| field_index(name) }
      end

      # An array is several keys, unless it is one of several fields.
      def several?(key)
        key.is_a?(Array) && !(primary_key.is_a?(Array) && !key.empty? && key.none? { |one| one.is_a?(Array) || one.is_a?(Hash) })
      end

      # A number is an int key, which is refused where the key is another, but for those that are numbers, too.
      def int_key?
        key = primary_key
        key.is_a?(Array) || !%i[decimal float].include?(types[key])
      end

      def find_all(keys)
        keys = keys.first if keys.one?
        found = find_existing(keys)
        found.size == keys.size ? found : raise(not_found)
      end

      # Methods of attributes, which a class may replace and call by super.
      def generated
        @generated ||= Module.new.tap { |made| include(made) }
      end

      def document_field?(model, index)
        Raw.thing_model_field_type(model, index) == Raw::THING_TYPE_JSON ||
          Raw.thing_model_field_flags(model, index).anybits?(Raw::THING_FIELD_LIST)
      end

      def define_attribute(name, type, list)
        define_value(name, list || type == :json)
        generated.define_method(:"#{name}=") { |value| Raw.set(self, self.class.field_index(name), value) }
        generated.define_method(:"#{name}?") { value = public_send(name); value && value != 0 && value != "" } if type == :bool
        generated.define_method(:"#{name}_changed?") { Raw.dirty?(self, self.class.field_index(name)) }
        generated.define_method(:"saved_change_to_#{name}?") { Raw.thing_obj_was_changed(self, self.class.field_index(name)) }
      end

      def define_value(name, document)
        generated.define_method(name) { read(:get, name, document) }
        generated.define_method(:"#{name}_was") { read(:original, name, document) }
      end

      # Has the extension answer for an attribute, in one step. What the class above replaced stays.
      def place_attribute(name, index)
        define_attribute(name, types_of(name), false) unless method_defined?(name)
        owner = instance_method(name).owner
        return if @placed&.key?(name) || (owner.is_a?(Class) && !owner.equal?(self))

        (@placed ||= {})[name] = index
        plain = !document?(name)
        remove_generated(name) if plain
        remove_generated(:"#{name}=")
        return if Raw.define_field(generated, name, index, plain)

        define_attribute(name, types_of(name), !plain)
      end

      def remove_generated(name)
        generated.remove_method(name) if generated.method_defined?(name, false)
      end

      def types_of(name)
        @fields[name] ? @fields[name]["type"].to_sym : :int
      end

      # A model that has no field of that name gives its key: what it is found by.
      def define_key
        generated.define_method(:id) do
          key = self.class.primary_key
          next public_send(key) unless key.is_a?(Array)

          values = key.map { |name| public_send(name) }
          values unless values.include?(nil)
        end
      end

      def define_relation(name)
        related = relations.fetch(name)
        return generated.define_method(name) { Collection.new(self, related) } if related.many?

        generated.define_method(name) { related_one(related) }
        writer = related.kind == :belongs_to ? :thing_obj_set_related : :thing_obj_add_related
        generated.define_method(:"#{name}=") { |other| Raw.public_send(writer, self, name.name, other) }
      end
    end

    Raw.define_find(self)
  end
end
