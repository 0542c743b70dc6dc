# frozen_string_literal: true

require "time"

# Values of documents as Ruby has them, and how traces print them.
module Native
  TYPES = %i[null bool int float decimal text bytes datetime date time uuid json enum].freeze
  Raw = Thing::Raw
  DAY = [2000, 1, 1].freeze # of a time of day, which Ruby has no class for

  module_function

  # :list, or the type of a field.
  def type(record, name)
    index = record.class.field_index(name)
    model = record.class.raw_model
    return :list if Raw.thing_model_field_flags(model, index).anybits?(Raw::THING_FIELD_LIST)

    TYPES[Raw.thing_model_field_type(model, index)]
  end

  def assign(record, data)
    data.each { |name, value| record[name] = from_document(value, type(record, name.to_sym)) }
    record
  end

  def from_document(value, type)
    return value if value.nil?
    return value["$repeat"][0] * value["$repeat"][1] if value.is_a?(Hash) && value.key?("$repeat")

    case type
    when :float then Float(value)
    when :decimal then BigDecimal(value.to_s)
    when :bytes then value.unpack1("m0")
    when :datetime then Time.iso8601(value)
    when :date then Date.iso8601(value, Date::GREGORIAN)
    when :time then time(value)
    else value
    end
  end

  def time(text)
    hour, minute, second = text.split(":")
    Time.utc(*DAY, hour.to_i, minute.to_i, second.to_r)
  end

  # What verb +read+ prints.
  def printed(value, type)
    return "null" if value.nil?

    case type
    when :bool, :int then value.to_s
    when :float then Trace.quote([value].pack("G").unpack1("H*"))
    when :decimal then Trace.quote(value.to_s("F").delete_suffix(".0"))
    when :bytes then Trace.quote(value.unpack1("H*"))
    when :datetime then (value.to_r * 1_000_000).to_i.to_s
    when :date then (value - Date.new(1970, 1, 1)).to_i.to_s
    when :time then (((value.hour * 60 + value.min) * 60 + value.sec) * 1_000_000 + value.usec).to_s
    when :json, :list then Trace.quote(JSON.generate(value))
    else Trace.quote(value)
    end
  end
end
