# frozen_string_literal: true

require_relative "helper"

class Sale < Thing::Model
  attributes kind: :text, number: :int, price: :decimal?, weight: :float?, day: :date?, extra: :json?
  attribute :tags, list: true, default: []
end

class NumbersTest < ThingTest
  def setup
    super
    Sale.insert_all([
      {kind: "a", number: 1, price: BigDecimal("0.1"), weight: 1.5, day: Date.new(2024, 1, 2), extra: {"x" => [1]}, tags: %w[p q]},
      {kind: "a", number: 2, price: BigDecimal("0.2"), day: Date.new(2024, 1, 1)},
      {kind: "b", number: 2**62, price: BigDecimal("123456789012345678901234567890.5"), weight: 0.25}
    ])
  end

  def test_numbers_have_the_types_of_their_fields
    assert_equal 2**62 + 3, Sale.sum(:number)
    assert_equal BigDecimal("123456789012345678901234567890.8"), Sale.sum(:price)
    assert_in_delta 1.75, Sale.sum(:weight)
    assert_in_delta 1.5, Sale.where(kind: "a").average(:number)
    assert_equal BigDecimal("0.15"), Sale.where(kind: "a").average(:price)
    assert_equal [Date.new(2024, 1, 1), Date.new(2024, 1, 2)], [Sale.minimum(:day), Sale.maximum(:day)]
    assert_equal "b", Sale.maximum(:kind)
  end

  def test_numbers_of_nothing
    none = Sale.where(kind: "z")
    assert_equal [0, 0, nil, nil, nil], [none.count, none.sum(:number), none.average(:number), none.minimum(:day), none.pick(:kind)]
    assert_empty Sale.none.to_a
    assert_empty none.group(:kind).count
  end

  def test_a_sum_that_no_int_holds_is_an_error
    Sale.create!(kind: "c", number: 2**63 - 1)
    assert_raises(Thing::OutOfRange) { Sale.sum(:number) }
  end

  def test_groups
    assert_equal({"a" => 2, "b" => 1}, Sale.group(:kind).count)
    assert_equal({"a" => BigDecimal("0.3"), "b" => BigDecimal("123456789012345678901234567890.5")}, Sale.group(:kind).sum(:price))
    assert_equal({["a", Date.new(2024, 1, 1)] => 2, ["a", Date.new(2024, 1, 2)] => 1}, Sale.where(kind: "a").group(:kind, :day).maximum(:number))
    assert_equal({nil => 1, Date.new(2024, 1, 1) => 1, Date.new(2024, 1, 2) => 1}, Sale.group(:day).count)
    assert_equal [{"kind" => "a", "_count" => 2}], Sale.aggregate(_count: true, by: ["kind"], having: {_count: {_all: {gte: 2}}})
  end

  def test_pluck_gives_what_records_have
    rows = Sale.order(:number)
    assert_equal rows.map(&:price), rows.pluck(:price)
    assert_equal rows.map { |one| [one.kind, one.day, one.extra, one.tags] }, rows.pluck(:kind, :day, :extra, :tags)
    assert_equal [{"x" => [1]}, nil, nil], rows.pluck(:extra)
    assert_equal [[1, "a"]], rows.limit(1).pluck(:number, :kind)
    assert_equal ["a", 1], rows.pick("kind", "number")
    assert_raises(Thing::InvalidArgument) { Sale.pluck(:nothing) }
  end

  def test_distinct_rows
    assert_equal %w[a b], Sale.select(:kind).distinct.order(:kind).pluck(:kind)
    assert_equal [2, 2**62], Sale.distinct(:kind).order(number: :desc).map(&:number).sort
  end

  def test_the_last_of_an_order
    assert_equal 2**62, Sale.order(:number).last.number
    assert_equal 1, Sale.order(number: :desc).last.number
    assert_equal [2, 2**62], Sale.order(:number).last(2).map(&:number)
    assert_equal 2**62, Sale.last.number
    assert_equal 2, Sale.order(:number).limit(2).last.number
    assert_equal [Date.new(2024, 1, 2), Date.new(2024, 1, 1), nil],
                 Sale.order(day: {sort: :asc, nulls: :first}).reverse_order.map(&:day)
  end

  def test_pages_by_token
    Sale.insert_all(Array.new(10) { |i| {kind: "page", number: i} })
    seen = []
    page = Sale.where(kind: "page").order(:number).limit(4).page
    loop do
      seen << page.records.map(&:number)
      break unless page.next

      page = Sale.where(kind: "page").order(:number).limit(4).page(page.next)
    end
    assert_equal [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]], seen.reject(&:empty?)
    assert_equal [8, 9], page.map(&:number).last(2)
  end

  def test_json_of_a_query_chooses_fields
    assert_equal '[{"number":1},{"number":2}]', Sale.order(:number).limit(2).to_json(fields: "number")
    assert_equal [{"kind" => "a"}], Sale.order(:number).limit(1).as_json(fields: "kind")
  end

  def test_find_or_create
    one = Sale.find_or_create_by!(kind: "new", number: 5)
    assert_equal one, Sale.find_or_create_by!(kind: "new", number: 5)
    assert_predicate Sale.find_or_initialize_by(kind: "newer"), :new_record?
  end

  def test_upserts_of_many
    klass = Counter
    klass.insert_all([{word: "a", hits: 1}])
    klass.upsert_all([{word: "a", hits: 5}, {word: "b", hits: 2}], by: :word)
    assert_equal [["a", 5], ["b", 2]], klass.order(:word).pluck(:word, :hits)
    klass.upsert_all([{word: "a", hits: 9}, {word: "c", hits: 3}], by: :word, keep: true)
    assert_equal [["a", 5], ["b", 2], ["c", 3]], klass.order(:word).pluck(:word, :hits)
    assert_equal 3, klass.order(:word).destroy_all.size
    assert_equal 0, klass.count
  end

  class Counter < Thing::Model
    attribute :word, unique: true
    attributes hits: :int
  end
end
