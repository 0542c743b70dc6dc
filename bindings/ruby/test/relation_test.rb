# frozen_string_literal: true

require_relative "helper"

class Writer < Thing::Model
  attribute :name
  has_many :poems, order: {title: :asc}
  has_many :lines, through: :poems
  has_many :remarks
  has_one :desk
  many_to_many :circles, through: "Seat"
  has_many :long_poems, class_name: "Poem", where: {length: {gte: 100}}, inverse: "writer"
end

class Poem < Thing::Model
  attribute :title
  attribute :length, :int, default: 1
  belongs_to :writer, optional: true, on_delete: :set_null
  has_many :lines
  has_many :remarks
end

class Line < Thing::Model
  attribute :words
  belongs_to :poem, on_delete: :cascade
end

class Desk < Thing::Model
  attribute :wood
  belongs_to :writer, unique: true
end

class Circle < Thing::Model
  attribute :name
  many_to_many :writers, through: "Seat"
end

class Seat < Thing::Model
  attribute :role, null: true
  belongs_to :writer
  belongs_to :circle
end

class Remark < Thing::Model
  attribute :words
  belongs_to :about, polymorphic: %w[Writer Poem]
end

class RelationTest < ThingTest
  def setup
    super
    @ann = Writer.new(name: "Ann")
    @ann.poems.build(title: "B", length: 200)
    @ann.poems.build(title: "A")
    @ann.save!
    @poem = @ann.poems.first
  end

  def test_rows_through_others
    @poem.lines.create!(words: "one")
    @ann.poems[1].lines.create!(words: "two")
    assert_equal %w[one two], @ann.lines.map(&:words).sort
    assert_equal %w[B], @ann.long_poems.map(&:title)
  end

  def test_one_of_several_models
    one = Remark.create!(words: "about Ann", about: @ann)
    two = Remark.create!(words: "about A", about: @poem)
    assert_equal [@ann, @poem], [one, two].map { |remark| Remark.find(remark.id).about }
    assert_equal %w[Writer Poem], [one.about_type, two.about_type]
    assert_equal ["about A"], @poem.remarks.map(&:words)
    assert_equal [@ann, @poem], Remark.order(:id).includes(:about).map(&:about)
  end

  def test_pairs_have_fields_of_their_own
    blue, red = Circle.insert_all([{name: "Blue"}, {name: "Red"}])
    @ann.circles.add(blue, red, pivot: {role: "guest"})
    assert_equal %w[guest guest], Seat.pluck(:role)
    assert_equal [blue, red], @ann.circles.order(:name).to_a
    assert_equal [1, 1], @ann.circles.toggle(blue, red).then { |added, removed| [removed - 1, added + 1] }
    assert_empty @ann.circles
    @ann.circles.replace([blue.id])
    assert_equal [@ann], blue.writers.to_a
    @ann.circles.clear
    assert_equal 0, Seat.count
    assert_raises(Thing::RecordNotFound) { @ann.circles.add(99) }
  end

  def test_a_collection_is_asked_by_the_database
    assert_equal %w[A B], @ann.poems.map(&:title)
    assert_equal %w[B], @ann.poems.where(length: 100..).pluck(:title)
    assert_equal [2, 201, true], [@ann.poems.count, @ann.poems.sum(:length), @ann.poems.exists?(title: "A")]
    assert_equal "B", @ann.poems.order(title: :desc).first.title
    assert_equal %w[A B], @ann.poems.where(length: 1..).map(&:title)
  end

  def test_a_record_is_created_for_its_owner_alone
    @ann.name = "Eve"
    assert_equal [@ann.id, %w[A B C]], [@ann.poems.create!(title: "C").writer_id, @ann.poems.map(&:title)]
    assert_equal "Writer", @ann.remarks.create!(words: "x").about_type
    assert_predicate @ann, :changed?
    blue = @ann.circles.create!(name: "Blue")
    assert_equal [blue], Writer.find(@ann.id).circles.to_a
    assert_raises(Thing::StateError) { Writer.new(name: "New").poems.create!(title: "D") }
  end

  def test_a_record_that_is_there_is_attached
    poem = Poem.create!(title: "C")
    @ann.poems.attach(poem)
    @ann.save!
    assert_equal @ann.id, Poem.find(poem.id).writer_id
  end

  def test_a_row_that_is_referred_to_and_gone
    Thing.execute("PRAGMA foreign_keys = OFF") rescue nil
    poem = Poem.new(title: "D", writer_id: 99)
    assert_nil poem.writer
    assert_raises(Thing::ForeignKeyViolation) { poem.related(:writer, strict: true) }
  end

  def test_relations_and_numbers_are_loaded_later
    one = Writer.find(@ann.id)
    one.load_relations(:poems, _count: {select: {poems: true}}, _sum: {poems: {length: true}}, _avg: {poems: {length: true}})
    assert_predicate one.poems, :loaded?
    assert_equal [2, 201, 100.5], %w[_count.poems _sum.poems.length _avg.poems.length].map { |path| one.related_number(path) }
    assert_equal '{"name":"Ann","poems":[{"title":"A"},{"title":"B"}]}', one.to_json(fields: "name,poems{title}")
    assert_raises(Thing::StateError) { one.related_number("_count.lines") }
    with = Writer.includes(_count: {select: {poems: true}}).first
    assert_equal 2, with.related_number("_count.poems")
  end

  def test_a_lazy_load_is_counted_once
    one = Writer.find(@ann.id)
    before = lazy_loads
    3.times { one.poems.to_a }
    assert_equal before + 1, lazy_loads
    one.poems.reload
    assert_equal before + 2, lazy_loads
  end

  def lazy_loads = Thing.database.info.fetch("lazyLoads").fetch("Writer.poems", 0)

  def test_a_record_of_a_list_keeps_what_was_loaded_with_it
    lists = Array.new(3) { Writer.includes(:poems).to_a }
    GC.start
    Thing.database.stats(reset: true)
    assert_equal %w[A B], lists.last.first.poems.map(&:title)
    assert_equal 0, Thing.database.stats.fetch("sql")
  end

  def test_has_one_is_replaced
    @ann.desk = Desk.new(wood: "oak")
    @ann.save!
    assert_equal "oak", Writer.find(@ann.id).desk.wood
    assert_nil Writer.create!(name: "Bob").desk
  end

  def test_locking_reads_the_row_again
    Thing.transaction do
      Poem.where(id: @poem.id).update_all(title: "new")
      assert_equal "new", @poem.lock!.title
    end
    assert_equal 5, @poem.with_lock { |poem| poem.update!(length: 5); poem.length }
  end

  def test_a_name_that_records_have_already_is_refused
    assert_raises(ArgumentError) { Class.new(Thing::Model) { has_many :changes } }
  end
end
