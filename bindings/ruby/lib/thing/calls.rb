# frozen_string_literal: true

module Thing
  # The ctx that calls of a fiber have: of the innermost transaction, block of options, or hook.
  module Calls # :nodoc:
    module_function

    FLAGS = {
      with_deleted: Raw::THING_CTX_WITH_DELETED, only_deleted: Raw::THING_CTX_ONLY_DELETED, unscoped: Raw::THING_CTX_UNSCOPED,
      cache: Raw::THING_CTX_NO_CACHE_READ, hooks: Raw::THING_CTX_NO_HOOKS, timestamps: Raw::THING_CTX_NO_TIMESTAMPS
    }.freeze
    # Options that are on unless they are said to be false.
    ON = %i[cache hooks timestamps].freeze

    def flags(options)
      options.sum do |name, value|
        flag = FLAGS[name] or raise ArgumentError, "unknown option: #{name.inspect}"
        ON.include?(name) ^ (value ? true : false) ? flag : 0
      end
    end

    def current(database)
      all = Thread.current[:thing_transactions]
      all && all[database]&.last
    end

    # Other fibers and threads have stacks of their own. The place of an empty one is nil again, which is what User.find
    # looks at.
    def inside(database, ctx)
      all = (Thread.current[:thing_transactions] ||= {}.compare_by_identity)
      stack = (all[database] ||= [])
      stack.push(ctx)
      yield
    ensure
      stack&.pop
      leave(database, all) if stack && stack.empty?
    end

    def leave(database, all)
      all.delete(database)
      Thread.current[:thing_transactions] = nil if all.empty?
    end

    def forget(database)
      all = Thread.current[:thing_transactions]
      leave(database, all) if all
    end

    # The ctx of a transaction has what the one around it has.
    def carry(transaction, outer)
      ctx = Raw.thing_tx_ctx(transaction)
      return ctx unless outer

      Raw.configure(Raw.inherit(ctx, outer), *Raw.configuration(outer))
    end

    # Runs the block with more flags and a shorter deadline, in the ctx that is there or in a new one.
    def with(database, flags, timeout: nil, tag: nil, mute: [], &block)
      ctx = current(database)
      return again(ctx, flags, timeout, tag, mute, &block) if ctx

      ctx = Raw.configure(Raw.thing_ctx_new(database.raw), flags, deadline(timeout), tag, mute.empty? ? nil : mute)
      inside(database, ctx, &block)
    end

    def again(ctx, flags, timeout, tag, mute)
      before = Raw.configuration(ctx)
      Raw.configure(ctx, before[0] | flags, [before[1], deadline(timeout)].compact.min, tag || before[2],
                    mute.empty? ? before[3] : mute + (before[3] || []))
      yield
    ensure
      Raw.configure(ctx, *before) if before
    end

    def deadline(timeout)
      timeout && (Process.clock_gettime(Process::CLOCK_MONOTONIC, :microsecond) + (timeout * 1_000_000).ceil)
    end
  end
end
