# frozen_string_literal: true

module Thing
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
      elsif relation && (value.is_a?(Model) || (value.is_a?(Array) && value.all?(Model)))
        out.update(records(relation, value))
      else
        out[name] = Codec.condition(value)
      end
    end

    # Rows that refer to a record, or to one of several; or to which one of them belongs.
    def records(relation, value)
      key = relation.target.primary_key
      return {relation.name.name => {(relation.many? ? "some" : "is") => Codec.plain(key_of(key, value))}} if relation.fields.empty?
      return {"OR" => value.map { |one| records(relation, one) }} if value.is_a?(Array)

      out = relation.fields.map(&:name).zip(Array(value.id)).to_h
      out["#{relation.name}_type"] = value.class.model_name_in_database if relation.class_names.size > 1
      out
    end

    def key_of(key, value)
      return {"OR" => value.map { |one| key_of(key, one) }} if value.is_a?(Array)

      Array(key).map(&:name).zip(Array(value.id)).to_h
    end

    def related(relation, value)
      quantified = value.keys.all? { |key| QUANTIFIERS.include?(key.to_s) }
      return value.to_h { |key, one| [Codec::OPERATORS.fetch(key.to_sym, key.to_s), one && of(relation.target, one)] } if quantified

      relation.many? ? {"some" => of(relation.target, value)} : of(relation.target, value)
    end

    OPTIONS = {where: "where", order: "orderBy", limit: "take", offset: "skip", include: "include", select: "select"}.freeze

    # The order of a relation or a scope: {title: :asc}. One field alone is an object, as documents of others have it.
    def order(fields)
      orders = fields.map { |name, way| {name.to_s => Codec.plain(way)} }
      orders.one? ? orders.first : orders
    end

    # One order the other way round.
    def turned(order)
      order.transform_values do |way|
        next {"desc" => "asc", "asc" => "desc"}.fetch(way.to_s) unless way.is_a?(Hash)
        next turned(way) unless way.key?("sort") || way.key?(:sort)

        way = way.transform_keys(&:to_s)
        first = way.fetch("nulls", "last").to_s == "first"
        {"sort" => way["sort"].to_s == "desc" ? "asc" : "desc", "nulls" => first ? "last" : "first"}
      end
    end

    def include(names, nested)
      out = names.each_with_object({}) { |one, all| one.is_a?(Hash) ? all.merge!(include([], one)) : all[one.to_s] = true }
      nested.each { |name, inner| out[name.to_s] = name.start_with?("_") ? Codec.plain(inner) : inner_include(inner) }
      out
    end

    # What stands behind a relation: true, further relations, or options.
    def inner_include(inner)
      return true if inner == true
      return {"include" => include_of(inner)} unless inner.is_a?(Hash) && inner.keys.all? { |key| OPTIONS.key?(key) }

      inner.to_h { |key, value| [OPTIONS[key], key == :include ? include_of(value) : Codec.plain(value)] }
    end

    def include_of(value)
      value.is_a?(Hash) ? include([], value) : include(Array(value), {})
    end
  end
end
