# frozen_string_literal: true

module Thing
  # Rules of attributes in the words of Ruby, as model documents have them. They are checked by the library, so they are
  # the same for all who write by the model, in every language.
  module Rules # :nodoc:
    module_function

    # How long words of model documents are called in Ruby.
    KEYS = {min_length: "minLength", max_length: "maxLength"}.freeze

    # Of attribute and of validates: {"minLength" => 2}.
    def of(keys)
      keys.each_with_object({}) { |(key, value), out| add(out, key, value) }
    end

    def add(out, key, value)
      case key
      when :required, :presence then out["required"] = true if value
      when :length then bounds(out, value, "minLength", "maxLength")
      when :range, :numericality then bounds(out, value, "min", "max")
      when :pattern, :format then out["pattern"] = pattern(value.is_a?(Hash) ? value.fetch(:with) : value)
      when :in, :inclusion then choice(out, value.is_a?(Hash) ? value.fetch(:in) : value)
      when :uniqueness then out["unique"] = true if value
      when :default then out["default"] = default(value)
      else out[KEYS.fetch(key, key.to_s)] = Codec.plain(value)
      end
    end

    FUNCTIONS = {now: "now", uuid: "uuid"}.freeze
    def default(value)
      FUNCTIONS.key?(value) ? {"fn" => FUNCTIONS[value]} : Codec.plain(value)
    end

    MIN = %i[min minimum greater_than_or_equal_to].freeze
    MAX = %i[max maximum less_than_or_equal_to].freeze
    # 2..40, or {min: 2}, or {is: 2}.
    def bounds(out, value, min, max)
      return between(out, value, min, max) if value.is_a?(Range)
      return out.update(min => value, max => value) if value.is_a?(Integer)
      return unless value.is_a?(Hash)

      value.each { |key, one| bound(out, key, one, min, max) }
    end

    def bound(out, key, one, min, max)
      if MIN.include?(key) then out[min] = Codec.plain(one)
      elsif MAX.include?(key) then out[max] = Codec.plain(one)
      elsif %i[in within is].include?(key) then bounds(out, one, min, max)
      elsif key == :greater_than && one.is_a?(Integer) then out[min] = one + 1
      elsif key == :less_than && one.is_a?(Integer) then out[max] = one - 1
      elsif key != :only_integer then raise ArgumentError, "no rule of the library is #{key.inspect}: use validate { ... }"
      end
    end

    def between(out, range, min, max)
      out[min] = Codec.plain(range.begin) unless range.begin.nil?
      return if range.end.nil?
      raise ArgumentError, "a range without its end: #{range}" if range.exclude_end? && !range.end.is_a?(Integer)

      out[max] = range.exclude_end? ? range.end - 1 : Codec.plain(range.end)
    end

    def choice(out, value)
      return bounds(out, value, "min", "max") if value.is_a?(Range)

      out["in"] = Codec.plain(value.to_a)
    end

    # RE2 reads what Regexp prints, but for comments and blanks (/x), and what looks around or back.
    # In Ruby ^ and $ are at each line.
    def pattern(value)
      return value.to_s unless value.is_a?(Regexp)
      raise ArgumentError, "a pattern with blanks in it (/x): #{value.inspect}" if value.options.anybits?(Regexp::EXTENDED)

      flags = "m#{"i" if value.options.anybits?(Regexp::IGNORECASE)}#{"s" if value.options.anybits?(Regexp::MULTILINE)}"
      flags = flags.delete("m") unless value.source.match?(/[$^]/)
      flags.empty? ? value.source : "(?#{flags})#{value.source}"
    end
  end
end
