# frozen_string_literal: true

module Thing
  # What a class says of itself: fields, relations, rules. It becomes a model document (docs/reference/models.md), which
  # is registered when the class is used first.
  module Definition
    # A relation as its class declares it.
    Related = Struct.new(:name, :kind, :owner, :class_name, :fields) do # :nodoc:
      def many? = %i[has_many many_to_many].include?(kind)
      def target = owner.resolve(class_name)
    end

    TYPES = %i[bool int float decimal text bytes datetime date time uuid json enum].freeze
    # How long words of model documents are called in Ruby.
    KEYS = {min_length: "minLength", max_length: "maxLength"}.freeze

    def self.extended(klass) # :nodoc:
      klass.instance_variable_set(:@fields, {})
      klass.instance_variable_set(:@relations, {})
      klass.instance_variable_set(:@scopes, {})
      klass.instance_variable_set(:@options, {})
    end

    attr_reader :fields, :relations, :scopes

    # attribute :age, :int, null: true, default: 0, unique: true, min: 0 ...
    def attribute(name, type = :text, list: false, **keys)
      raise ArgumentError, "#{type.inspect} is none of #{TYPES.join(", ")}" unless TYPES.include?(type)
      raise StateError, "#{self} is in use" if @registered

      field = {"type" => type.to_s, **keys.to_h { |key, value| [KEYS.fetch(key, key.to_s), Codec.plain(value)] }}
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

    def table(name) = @options["table"] = name.to_s
    def hidden(*names) = @options["hidden"] = names.map(&:to_s)
    def fillable(*names) = @options["fillable"] = names.map(&:to_s)
    def default_order(**order) = @options["order"] = order.map { |name, way| {name.to_s => way.to_s} }

    def index(*names, **keys)
      (@options["indexes"] ||= []) << {"fields" => names.map(&:to_s), **keys.transform_keys(&:to_s)}
    end

    def timestamps(created: :created_at, updated: :updated_at)
      managed("timestamps", {"created" => created.to_s, "updated" => updated.to_s})
      [created, updated].each { |name| define_attribute(name, :datetime, false) }
    end

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
    def belongs_to(name, class_name: camel(name), optional: false, fields: [:"#{name}_id"], type: :int, **keys)
      fields.each { |field| attribute(field, type, **(optional ? {null: true} : {})) unless @fields.key?(field) }
      relate(name, :belongs_to, class_name, fields, "fields" => fields.map(&:to_s), **documented(keys))
    end

    def has_one(name, class_name: camel(name), **keys) = relate(name, :has_one, class_name, [], **documented(keys))

    def has_many(name, class_name: camel(singular(name)), **keys)
      relate(name, :has_many, class_name, [], **documented(keys))
    end

    def has_and_belongs_to_many(name, class_name: camel(singular(name)), **keys)
      relate(name, :many_to_many, class_name, [], **documented(keys))
    end

    # scope :grown, where: {age: {gte: 18}}, order: {age: :desc}; or scope(:older) { |than| where(age: than..) }
    def scope(name, body = nil, where: nil, order: nil, default: false, &block)
      block ||= body
      @scopes[name.to_sym] = block || name.to_s
      define_singleton_method(name) { |*args, **named| all.public_send(name, *args, **named) }
      return if block

      document = {}
      document["where"] = Conditions.of(self, where) if where
      document["orderBy"] = order.map { |field, way| {field.to_s => way.to_s} } if order
      document["default"] = true if default
      (@options["scopes"] ||= {})[name.to_s] = document
    end

    EVENTS = %i[before_save after_save before_create after_create before_update after_update before_delete after_delete
                after_load after_commit after_rollback before_restore after_restore].freeze

    # before_save :tidy, or before_save { |record| ... }. A hook may set fields before the row is written; what it raises ends
    # the write, is taken back with all that hooks wrote, and comes out of the call.
    EVENTS.each do |event|
      define_method(event) do |*methods, &block|
        bodies = methods.map { |name| ->(record) { record.__send__(name) } }
        bodies << block if block
        (@hooks ||= []).concat(bodies.map { |body| [Raw.const_get("THING_ON_#{event.upcase}"), body] })
      end
    end
    alias before_destroy before_delete
    alias after_destroy after_delete

    def hooks = @hooks || [] # :nodoc:

    # The model document of the class.
    def document
      fields = @fields.transform_keys(&:to_s)
      keyed = fields.key?("id") || fields.any? { |_, field| field["primary"] }
      fields = {"id" => {"type" => "int", "primary" => true, "default" => {"fn" => "autoincrement"}}, **fields} unless keyed
      document = {"name" => model_name_in_database, "fields" => fields, **@options}
      document["relations"] = @relation_documents if @relation_documents
      document
    end

    # The name without modules, which is the one in every language.
    def model_name_in_database = name[/\w+\z/]

    def defined_here? = !@fields.empty? # :nodoc:
    def resolve(class_name) = name.include?("::") ? nested(class_name) : Object.const_get(class_name) # :nodoc:

    private

    def nested(class_name)
      outer = Object.const_get(name[/\A.*(?=::)/])
      outer.const_defined?(class_name, false) ? outer.const_get(class_name) : Object.const_get(class_name)
    end

    def managed(key, value) = @options[key] = value

    def relate(name, kind, class_name, fields, **document)
      @relations[name.to_sym] = Related.new(name.to_sym, kind, self, class_name.to_s, fields)
      (@relation_documents ||= {})[name.to_s] = {kind.to_s => class_name.to_s[/\w+\z/], **document}
      define_relation(name.to_sym)
    end

    def documented(keys)
      keys.to_h do |key, value|
        next ["orderBy", value.map { |field, way| {field.to_s => way.to_s} }] if key == :order

        [key.to_s, Codec.plain(value)]
      end
    end

    def camel(name) = name.to_s.split("_").map { |word| word[0].upcase + word[1..] }.join

    def singular(name)
      case name.to_s
      when /\A(.*[^aeiou])ies\z/ then "#{$1}y"
      when /\A(.*(?:ss|sh|ch|x))es\z/ then $1
      else name.to_s.delete_suffix("s")
      end
    end
  end
end
