# frozen_string_literal: true

module Thing
  # Native values on their way into the library, and documents on their way out.
  module Codec # :nodoc:
    module_function

    EPOCH = 2_440_588 # the Julian day of 1970-01-01
    INT64 = (-(2**63)..(2**63 - 1)).freeze
    OPERATORS = {
      starts_with: "startsWith", ends_with: "endsWith", not_in: "notIn", has_every: "hasEvery", has_some: "hasSome",
      is_empty: "isEmpty", is_not: "isNot", has_key: "hasKey"
    }.freeze

    # Sets one field of an object; what the extension leaves to Ruby. The type is its number or its name.
    def set(object, index, type, list, value)
      type = Definition::TYPES[type - 1] if type.is_a?(Integer)
      return Raw.thing_obj_set_null(object, index) if value.nil?
      return Raw.thing_obj_set_text(object, index, JSON.generate(plain(value))) if list || type == :json

      case value
      when Integer then integer(object, index, value)
      when true, false then boolean(object, index, type, value)
      when Float then float(object, index, type, value)
      when Date then date(object, index, type, value)
      when Time then time(object, index, type, value)
      else Raw.thing_obj_set_text(object, index, text(value))
      end
    end

    def integer(object, index, value)
      return Raw.thing_obj_set_int64(object, index, value) if INT64.cover?(value)

      Raw.thing_obj_set_text(object, index, value.to_s)
    end

    def boolean(object, index, type, value)
      return Raw.thing_obj_set_int64(object, index, value ? 1 : 0) if type == :bool

      Raw.thing_obj_set_text(object, index, value.to_s)
    end

    def float(object, index, type, value)
      return Raw.thing_obj_set_double(object, index, value) unless type == :decimal

      Raw.thing_obj_set_text(object, index, text(BigDecimal(value.to_s)))
    end

    # A day is a day in every calendar: its number is what crosses.
    def date(object, index, type, value)
      return time(object, index, type, value.to_time) if value.is_a?(DateTime) || type != :date

      Raw.thing_obj_set_int64(object, index, value.jd - EPOCH)
    end

    def time(object, index, type, value)
      case type
      when :datetime then Raw.thing_obj_set_int64(object, index, value.to_i * 1_000_000 + value.usec)
      when :time then Raw.thing_obj_set_int64(object, index, of_day(value))
      else Raw.thing_obj_set_text(object, index, text(value))
      end
    end

    def of_day(value)
      ((value.hour * 60 + value.min) * 60 + value.sec) * 1_000_000 + value.usec
    end

    # The text that the library reads for a value.
    def text(value)
      case value
      when String then value
      when Symbol then value.name
      when BigDecimal then value.to_s("F").delete_suffix(".0")
      when DateTime then text(value.to_time)
      when Date then value.gregorian.iso8601
      when Time then value.getutc.iso8601(6)
      else value.to_s
      end
    end

    # The value as JSON has it. Bytes are base64.
    def plain(value)
      case value
      when nil, true, false, Integer, Float then value
      when String then value.encoding == Encoding::BINARY && !value.ascii_only? ? [value].pack("m0") : value
      when Hash then value.to_h { |key, one| [key.to_s, plain(one)] }
      when Model then value.id
      when Enumerable then value.map { |one| plain(one) }
      else text(value)
      end
    end

    def load(text)
      text && JSON.parse(text, freeze: true)
    end

    # A value of a JSON answer as a field of the type has it.
    def native(type, value)
      return value if value.nil?

      case type
      when :decimal then BigDecimal(value.to_s)
      when :datetime then Time.iso8601(value)
      when :date then Date.iso8601(value)
      when :time then Time.iso8601("2000-01-01T#{value}Z")
      when :bytes then value.unpack1("m")
      else value
      end
    end

    # A condition on a field: a value, a list, a range, or operators.
    def condition(value)
      case value
      when Range then range(value)
      when Array then list(value)
      when Relation then list(value.map(&:id))
      when Hash then value.to_h { |operator, one| [OPERATORS.fetch(operator.to_sym, operator.to_s), plain(one)] }
      else plain(value)
      end
    end

    def list(values)
      raise ArgumentError, "nil in a list: use where(field: nil).or(...)" if values.include?(nil)

      {"in" => plain(values)}
    end

    def range(value)
      bounds = {}
      bounds["gte"] = plain(value.begin) unless value.begin.nil?
      bounds[value.exclude_end? ? "lt" : "lte"] = plain(value.end) unless value.end.nil?
      bounds
    end
  end
end
