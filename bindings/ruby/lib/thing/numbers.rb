# frozen_string_literal: true

module Thing
  # Numbers about the rows of a query, which the database computes.
  class Relation
    # The sum of a field; 0 of no values. With a block, as Enumerable has it. Of groups it is a hash, as all of these are.
    def sum(field = 0, &block)
      return super if block || field.is_a?(Numeric)

      numbers("_sum", field) { |value| value || 0 }
    end

    # The average of a field, or nil.
    def average(field)
      numbers("_avg", field)
    end

    # The least value of a field, or nil.
    def minimum(field)
      numbers("_min", field)
    end

    # The greatest value of a field, or nil.
    def maximum(field)
      numbers("_max", field)
    end

    # What the library answers to a document: aggregate(_count: true, _sum: {views: true}, by: ["kind"], having: ...).
    def aggregate(**document)
      text = JSON.generate(Codec.plain(document))
      JSON.parse(call { |raw, ctx| Raw.thing_aggregate(raw, ctx, criteria, text) })
    end

    # Groups of rows that are alike in these fields: group(:kind).count, group(:kind, :year).sum(:pages).
    def group(*fields)
      Grouped.new(self, fields)
    end

    def numbers(how, field, by: nil, &block) # :nodoc:
      asked = {how.to_sym => {field => true}}
      return number_of(aggregate(**asked), how, field, &block) unless by

      aggregate(**asked, by: by).to_h { |row| [group_of(row, by), number_of(row, how, field, &block)] }
    end

    def group_of(row, by) # :nodoc:
      keys = by.map { |name| Codec.native(klass.types[name.to_sym], row[name.to_s]) }
      keys.size == 1 ? keys.first : keys
    end

    private

    def number_of(row, how, field)
      value = Codec.native(number_type(how, klass.types[field.to_sym]), row.dig(how, field.to_s))
      block_given? ? yield(value) : value
    end

    def number_type(how, type)
      how == "_avg" && type == :int ? :float : type
    end
  end

  # Groups of the rows of a query. What it counts and adds is a hash by group; by several fields, with arrays for keys.
  class Grouped
    def initialize(relation, fields) # :nodoc:
      @relation = relation
      @fields = fields
    end

    # How many rows each group has.
    def count
      @relation.aggregate(_count: true, by: @fields).to_h { |row| [@relation.group_of(row, @fields), row["_count"]] }
    end

    # The sum of a field in each group.
    def sum(field)
      @relation.numbers("_sum", field, by: @fields) { |value| value || 0 }
    end

    # The average of a field in each group.
    def average(field)
      @relation.numbers("_avg", field, by: @fields)
    end

    # The least value of a field in each group.
    def minimum(field)
      @relation.numbers("_min", field, by: @fields)
    end

    # The greatest value of a field in each group.
    def maximum(field)
      @relation.numbers("_max", field, by: @fields)
    end
  end
end
