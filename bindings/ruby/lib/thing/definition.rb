# frozen_string_literal: true

module Thing
  # What a class says of itself: fields, relations, rules. It becomes a model document (docs/reference/models.md), which
  # is registered when the class is used first.
  module Definition
    # A relation as its class declares it. One that leads to several models has several class names.
    Related = Struct.new(:name, :kind, :owner, :class_names, :fields) do # :nodoc:
      def many?
        %i[has_many many_to_many].include?(kind)
      end

      def target
        owner.resolve(class_names.first)
      end

      def target_of(object)
        return target if class_names.one?

        name = Raw.thing_model_name(Raw.thing_obj_model(object))
        owner.resolve(class_names.find { |one| one[/\w+\z/] == name })
      end
    end

    # The types that attributes have.
    TYPES = %i[bool int float decimal text bytes datetime date time uuid json enum].freeze

    # A class has what the one has that it inherits from.
    def self.extended(klass) # :nodoc:
      above = klass.superclass
      %i[fields relations scopes options relation_documents].each do |name|
        klass.instance_variable_set(:"@#{name}", (above.instance_variable_get(:"@#{name}") || {}).dup)
      end
      %i[hooks validators].each { |name| klass.instance_variable_set(:"@#{name}", (above.instance_variable_get(:"@#{name}") || []).dup) }
    end

    # The bit of an event, and the event of a bit.
    def self.event(name) # :nodoc:
      raise ArgumentError, "#{name.inspect} is none of #{EVENTS.join(", ")}" unless EVENTS.include?(name.to_sym)

      Raw.const_get("THING_ON_#{name.upcase}")
    end

    def self.name_of(bit) # :nodoc:
      EVENTS.find { |name| event(name) == bit }
    end

    # What was declared, by name.
    attr_reader :fields, :relations, :scopes

    # A class that others inherit from, which has no table itself: <tt>self.abstract_class = true</tt>.
    attr_writer :abstract_class

    # attribute :age, :int, null: true, default: 0, unique: true, min: 0 ... Keys are those of model documents, and rules as
    # validates has them: attribute :name, length: 2..40, pattern: /\A\w+/.
    def attribute(name, type = :text, list: false, **keys)
      raise ArgumentError, "#{type.inspect} is none of #{TYPES.join(", ")}" unless TYPES.include?(type)
      free_name(name)
      raise StateError, "#{self} is in use" if @registered

      field = {"type" => type.to_s, **Rules.of(keys)}
      field["list"] = true if list
      @fields[name.to_sym] = field
      define_attribute(name.to_sym, type, list)
    end

    # attributes name: :text, age: :int?
    def attributes(**types)
      types.each do |name, type|
        null = type.end_with?("?")
        attribute(name, type.to_s.delete_suffix("?").to_sym, **(null ? {null: true} : {}))
      end
    end

    # validates :name, :title, presence: true, length: {maximum: 40}, format: /\A[A-Z]/; also range: 0..150 (numericality),
    # in: [1, 2] (inclusion), uniqueness: true (a unique index). The library checks them, after the hooks before the save.
    def validates(*names, **rules)
      names.each do |name|
        field = @fields[name.to_sym] or raise ArgumentError, "validates #{name.inspect}: no such attribute; declare it before"
        @fields[name.to_sym] = field.merge(Rules.of(rules))
      end
    end

    # A rule of one's own: validate { |record| record.errors.add(:ends, "order", "comes before the start") if ... }, or the
    # name of a method. It runs when a record is saved or asked whether it is valid?, and in Ruby alone.
    def validate(*methods, &block)
      @validators.concat(methods.map { |name| ->(record) { record.__send__(name) } })
      @validators << block if block
    end

    def validators # :nodoc:
      @validators
    end

    # The table, where it is not the plural of the name.
    def table(name)
      @options["table"] = name.to_s
    end

    # Fields that no JSON shows unless it is asked for them.
    def hidden(*names)
      @options["hidden"] = names.map(&:to_s)
    end

    # The only fields that input from outside may set.
    def fillable(*names)
      @options["fillable"] = names.map(&:to_s)
    end

    # Fields that input from outside may not set.
    def guarded(*names)
      @options["guarded"] = names.map(&:to_s)
    end

    # The order of queries that have none: default_order name: :asc.
    def default_order(**order)
      @options["order"] = order.map { |name, way| {name.to_s => way.to_s} }
    end

    # An index: index :last, :first, unique: true.
    def index(*names, **keys)
      @options["indexes"] = (@options["indexes"] || []) + [{"fields" => names.map(&:to_s), **Codec.plain(keys)}]
    end

    # Fields for when a row was made and when it was written last, which the library keeps.
    def timestamps(created: :created_at, updated: :updated_at)
      managed("timestamps", {"created" => created.to_s, "updated" => updated.to_s})
      [created, updated].each { |name| define_attribute(name, :datetime, false) }
    end

    # A field for when a row was deleted: destroy marks it then, and queries leave it out.
    def soft_delete(field = :deleted_at)
      managed("softDelete", field.to_s)
      define_attribute(field, :datetime, false)
    end

    # Optimistic locking: a save of what somebody else saved meanwhile is Thing::StaleObject.
    def version(field = :version)
      managed("version", field.to_s)
      define_attribute(field, :int, false)
    end

    # belongs_to :author, class_name: "User", optional: true, on_delete: :cascade. Makes the attribute author_id.
    # polymorphic: %w[Author Book] leads to one of several models, and makes about_type, too.
    def belongs_to(name, class_name: camel(name), optional: false, foreign_key: nil, fields: nil, type: :int, polymorphic: nil, **keys)
      fields ||= foreign_key ? Array(foreign_key) : [:"#{name}_id"]
      keys[:foreign_key] = false if foreign_key == false
      null = optional ? {null: true} : {}
      attribute(:"#{name}_type", :text, **null) if polymorphic && !@fields.key?(:"#{name}_type")
      fields.each { |field| attribute(field, type, **null) unless @fields.key?(field) }
      document = {"fields" => fields.map(&:to_s), **documented(keys)}
      document["type"] = "#{name}_type" if polymorphic
      relate(name, :belongs_to, polymorphic || class_name, fields, **document)
    end

    # has_one :profile, on_soft_delete: :cascade, foreign_key: :owner_id. The other model refers to this one.
    def has_one(name, class_name: camel(name), **keys)
      relate(name, :has_one, class_name, [], **documented(keys))
    end

    # has_many :books, class_name: "Volume", where: {pages: {gte: 300}}, order: {title: :asc}, or through: :orders, source: :book.
    def has_many(name, class_name: camel(singular(name)), **keys)
      relate(name, :has_many, class_name, [], **documented(keys))
    end

    # has_and_belongs_to_many :tags, table: "tagged"; the library keeps the pairs.
    def has_and_belongs_to_many(name, class_name: camel(singular(name)), **keys)
      relate(name, :many_to_many, class_name, [], **documented(keys))
    end

    # many_to_many :tags, through: :Tagging: a model that holds the pairs, with fields of its own.
    def many_to_many(name, **keys)
      has_and_belongs_to_many(name, **keys)
    end

    # scope :grown, where: {age: {gte: 18}}, order: {age: :desc}; or scope(:older) { |than| where(age: than..) }
    def scope(name, body = nil, where: nil, order: nil, default: false, &block)
      block ||= body
      @scopes[name.to_sym] = block || name.to_s
      define_singleton_method(name) { |*args, **named| all.public_send(name, *args, **named) }
      return if block

      document = {}
      document["where"] = Conditions.of(self, where) if where
      document["orderBy"] = [Conditions.order(order)].flatten if order
      document["default"] = true if default
      @options["scopes"] = {**(@options["scopes"] || {}), name.to_s => document}
    end

    # What hooks are called on.
    EVENTS = %i[before_save after_save before_create after_create before_update after_update before_delete after_delete
                after_load after_commit after_rollback before_restore after_restore before_soft_delete after_soft_delete
                before_hard_delete after_hard_delete].freeze

    # before_save :tidy, or before_save { |record| ... }. A hook may set fields before the row is written; what it raises ends
    # the write, is taken back with all that hooks wrote, and comes out of the call.
    EVENTS.each do |event|
      define_method(event) do |*methods, &block|
        bodies = methods.map { |name| ->(record) { record.__send__(name) } }
        bodies << block if block
        @hooks.concat(bodies.map { |body| [Definition.event(event), body] })
      end
    end
    alias before_destroy before_delete
    alias after_destroy after_delete

    # Validators come last of those before a save, as they see what the others set.
    def hooks # :nodoc:
      return @hooks if @validators.empty?

      @hooks + [[Raw::THING_ON_BEFORE_SAVE, ->(record) { record.run_validators }]]
    end

    # The model document of the class.
    def document
      fields = @fields.transform_keys(&:to_s)
      keyed = fields.key?("id") || fields.any? { |_, field| field["primary"] }
      fields = {"id" => {"type" => "int", "primary" => true, "default" => {"fn" => "autoincrement"}}, **fields} unless keyed
      document = {"name" => model_name_in_database, "fields" => fields, **@options}
      document["relations"] = @relation_documents unless @relation_documents.empty?
      document
    end

    # The name without modules, which is the one in every language.
    def model_name_in_database
      name[/\w+\z/]
    end

    def defined_here? # :nodoc:
      !@fields.empty? && !@abstract_class
    end

    def resolve(class_name) # :nodoc:
      name.include?("::") ? nested(class_name) : Object.const_get(class_name)
    end

    private

    # A method of all records is not hidden by an attribute or a relation: what needs it would not find it.
    def free_name(name)
      return unless Model.method_defined?(name, false) || Model.private_method_defined?(name, false)

      raise ArgumentError, "#{self}: '#{name}' is a method of all records; call it another name, with a column: ... of the old one"
    end

    def nested(class_name)
      outer = Object.const_get(name[/\A.*(?=::)/])
      outer.const_defined?(class_name, false) ? outer.const_get(class_name) : Object.const_get(class_name)
    end

    def managed(key, value)
      @options[key] = value
    end

    def relate(name, kind, class_name, fields, **document)
      free_name(name)
      names = Array(class_name).map(&:to_s)
      targets = names.map { |one| one[/\w+\z/] }
      @relations[name.to_sym] = Related.new(name.to_sym, kind, self, names, fields)
      @relation_documents[name.to_s] = {kind.to_s => class_name.is_a?(Array) ? targets : targets.first, **document}
      define_relation(name.to_sym)
    end

    def documented(keys)
      keys.to_h do |key, value|
        next ["orderBy", Conditions.order(value)] if key == :order
        next ["fields", Array(value).map(&:to_s)] if key == :foreign_key && value

        [key.to_s, Codec.plain(value)]
      end
    end

    def camel(name)
      name.to_s.split("_").map { |word| word[0].upcase + word[1..] }.join
    end

    def singular(name)
      case name.to_s
      when /\A(.*[^aeiou])ies\z/ then "#{$1}y"
      when /\A(.*(?:ss|sh|ch|x))es\z/ then $1
      else name.to_s.delete_suffix("s")
      end
    end
  end
end
