# frozen_string_literal: true

require_relative "helper"
require_relative "models"

class QueryTest < ThingTest
  def setup
    super
    @ann, @bob, @cid = Author.insert_all([{name: "Ann", age: 30}, {name: "Bob", age: 17}, {name: "Cid", age: nil}])
    @ann.books.build(title: "One")
    @ann.save!
  end

  def test_conditions
    {{name: "Ann"} => %w[Ann], {age: 17..} => %w[Ann Bob], {age: 17...30} => %w[Bob], {age: nil} => %w[Cid],
     {name: %w[Bob Cid]} => %w[Bob Cid], {name: {starts_with: "A"}} => %w[Ann], {books: {title: "One"}} => %w[Ann],
     {books: {none: {}}} => %w[Bob Cid], {name: []} => []}.each do |conditions, names|
      assert_equal names, Author.where(conditions).order(:name).map(&:name), conditions.inspect
    end
    assert_equal %w[Bob Cid], Author.where.not(name: "Ann").order(:name).pluck(:name)
    assert_equal %w[Ann Cid], Author.where(name: "Ann").or(Author.where(age: nil)).order(:name).pluck(:name)
    assert_equal [@ann.id], Book.where(author: @ann).pluck(:author_id)
    assert_equal [@ann.id], Book.where(author: [@bob, @ann]).pluck(:author_id)
    assert_equal [@ann], Author.where(books: Book.first).to_a
    assert_equal [@ann], Author.where(books: [Book.first]).to_a
    assert_equal %w[Bob Cid], Author.where.not(books: Book.first).order(:name).pluck(:name)
    assert_raises(ArgumentError) { Author.where(age: [1, nil]).to_a }
  end

  def test_conditions_on_documents_lists_and_other_fields
    @ann.update!(prefs: {"sizes" => [3, 4], "name" => "x"}, tags: %w[a b])
    @bob.update!(prefs: {"sizes" => []}, weight: 17.5)
    {{prefs: {path: ["sizes", 0], gte: 3}} => %w[Ann], {prefs: {has_key: "name"}} => %w[Ann], {prefs: {path: %w[sizes], is_empty: true}} => %w[Bob],
     {prefs: {path: %w[sizes], has_every: [3, 4]}} => %w[Ann], {tags: {has: "a"}} => %w[Ann], {tags: {is_empty: true}} => %w[Bob Cid],
     {created_at: {lte: {field: :updated_at}}} => %w[Ann Bob Cid]}.each do |conditions, names|
      assert_equal names, Author.where(conditions).order(:name).pluck(:name), conditions.inspect
    end
  end

  def test_relations_are_not_changed_by_what_is_made_of_them
    all = Author.order(:name)
    all.where(age: 1).limit(1)
    assert_equal 3, all.to_a.size
  end

  def test_a_relation_runs_once_when_it_is_enumerated
    Author.where(name: {starts_with: "B"})
    relation = Author.where(name: {starts_with: "A"})
    refute_predicate relation, :loaded?
    relation.to_a
    Thing.database.stats(reset: true)
    2.times { relation.each { |one| one.name } }
    assert_equal 0, Thing.database.stats.fetch("sql")
  end

  def test_counts_know_limit_and_offset
    assert_equal 3, Author.count
    assert_equal 2, Author.limit(2).count
    assert_equal 1, Author.limit(2).offset(2).count
    assert_equal 2, Author.all.count { |one| one.age }
  end

  def test_includes_loads_relations_of_all_rows_together
    Author.includes(:books).to_a.each { |one| one.books.to_a }
    authors = Author.where(age: 1..).includes(:books).to_a
    Thing.database.stats(reset: true)
    assert_equal [["One"], []], authors.map { |one| one.books.map(&:title) }
    assert_equal 0, Thing.database.stats.fetch("sql")
  end

  def test_find_raises_and_find_by_is_nil
    assert_raises(Thing::RecordNotFound) { Author.find(99) }
    assert_raises(Thing::RecordNotFound) { Author.find([@ann.id, 99]) }
    assert_nil Author.find_by(name: "Zed")
    assert_equal [@bob, @ann], Author.find(@bob.id, @ann.id)
    assert_equal @ann, Author.where(name: "Ann").sole
    assert_raises(Thing::OutOfRange) { Author.all.sole }
  end

  def test_scopes_chain
    assert_equal %w[Ann], Author.grown.order(:name).pluck(:name)
    assert_equal %w[Ann], Author.where(name: "Ann").older(18).pluck(:name)
  end

  def test_a_stream_left_early_gives_its_connection_back
    20.times { assert_equal "Ann", Author.order(:name).find_each(batch_size: 1).first.name }
    assert_equal 3, Author.find_each(batch_size: 1).to_a.size
    assert_equal [2, 1], Author.in_batches(of: 2).map(&:size)
  end

  def test_bulk_writes
    assert_equal 1, Author.where(name: "Ann").update_all(age: {increment: 5})
    assert_equal 35, Author.find(@ann.id).age
    assert_equal 2, Author.where(name: %w[Bob Cid]).delete_all
    assert_equal %w[Ann], Author.pluck(:name)
  end

  def test_a_field_that_was_not_selected_is_refused
    partial = Author.select(:name).where(name: "Ann").first
    assert_equal "Ann", partial.name
    refute partial.loaded?(:age)
  end

  def test_unknown_fields_and_operators_are_errors
    assert_raises(Thing::InvalidArgument) { Author.where(agee: 1).to_a }
    assert_raises(Thing::InvalidArgument) { Author.where(age: {over: 1}).to_a }
    assert_raises(NoMethodError) { Author.new(agee: 1) }
  end

  def test_actions_and_sql
    assert_equal [{"name" => "Ann"}], Thing.call("Author", :findMany, where: {name: "Ann"}, select: ["name"])
    assert_raises(Thing::RecordNotFound) { Author.call(:delete, where: {id: 99}) }
    assert_equal [{"n" => 3}], Thing.sql("SELECT count(*) AS n FROM authors")
    assert_equal 1, Thing.execute("UPDATE authors SET age = ? WHERE name = ?", 1, "Bob", tables: "authors")
    assert_equal 1, Author.find(@bob.id).age
  end
end
