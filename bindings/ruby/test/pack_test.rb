# frozen_string_literal: true

require_relative "helper"

# The packed batches of tests/vectors, which nothing of the library made.
class PackTest < ThingTest
  FOLDER = File.expand_path("../../../tests/vectors", __dir__)
  NAMES = Dir["#{FOLDER}/*.hex"].map { |path| File.basename(path, ".hex") }.sort

  def setup
    super
    skip "the vectors of the repository are not here" unless File.exist?("#{FOLDER}/models.json")
    Thing::Raw.thing_model_register(Thing.database.raw, File.read("#{FOLDER}/models.json"))
  end

  def model(name) = Thing::Raw.thing_model_find(Thing.database.raw, name[/\A[^-]+/])
  def bytes(name) = [File.read("#{FOLDER}/#{name}.hex").delete("\n")].pack("H*")
  def decode(name, data = bytes(name)) = Thing::Raw.decode(model(name), data)

  NAMES.each do |name|
    define_method("test_#{name}_is_read_as_its_json") do
      expected = JSON.parse(File.read("#{FOLDER}/#{name}.json"))
      expected.each { |row| row["exact"] &&= printed(:decimal, BigDecimal(row["exact"])) } # 12.50 is 12.5 in Ruby
      assert_equal expected, decode(name).map { |values| as_json(name, values) }
    end

    define_method("test_#{name}_cut_anywhere_is_refused") do
      data = bytes(name)
      heap_ends = data.unpack1("@24Q<") + data.unpack1("@32Q<")
      steps = [*0..80, *(80..heap_ends - 1).step(7), heap_ends - 1].select { |length| length < heap_ends }
      steps.each { |length| assert_raises(Thing::SyntaxInvalid, length.to_s) { decode(name, data[0, length]) } }
    end
  end

  def test_there_are_vectors
    assert_operator NAMES.size, :>=, 13
  end

  # Whatever bit is turned: it is refused, or read as something; never more than there is.
  def test_bits_that_are_turned_harm_nobody
    random = Random.new(Minitest.seed)
    (NAMES.grep(/full|rows|mixed/) * 100).each do |name|
      data = bytes(name)
      place = random.rand(data.bytesize)
      data.setbyte(place, data.getbyte(place) ^ (1 << random.rand(8)))
      rows = (decode(name, data) rescue assert_kind_of(Thing::Error, $!))
      assert(rows)
    end
  end

  def test_what_is_wrong_is_refused
    name = "AllTypes-full"
    {0 => "X", 4 => "\x02", 6 => "\x02", 16 => "\x01", 20 => "\x48", 40 => "\x01", 48 => "\x01"}.each do |place, byte|
      data = bytes(name)
      data[place] = (byte.ord ^ data.getbyte(place)).chr
      assert_raises(Thing::SyntaxInvalid, place.to_s) { decode(name, data) }
    end
  end

  private

  # The values as the library prints them.
  def as_json(name, values)
    handle = model(name)
    values.each_with_index.with_object({}) do |(value, i), out|
      list = Thing::Raw.thing_model_field_flags(handle, i).anybits?(Thing::Raw::THING_FIELD_LIST)
      type = Thing::Definition::TYPES[Thing::Raw.thing_model_field_type(handle, i) - 1]
      out[Thing::Raw.thing_model_field_name(handle, i)] = printed(list ? :json : type, value) unless value == :missing
    end
  end

  def printed(type, value)
    return value if value.nil?

    case type
    when :json then JSON.parse(value)
    when :bytes then [value].pack("m0")
    when :decimal then value.to_s("F").delete_suffix(".0")
    when :datetime then value.strftime(value.usec.zero? ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%dT%H:%M:%S.%6NZ")
    when :date then value.strftime("%Y-%m-%d")
    when :time then value.strftime(value.usec.zero? ? "%H:%M:%S" : "%H:%M:%S.%6N")
    else value
    end
  end
end
