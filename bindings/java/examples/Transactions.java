import thing.Column;
import thing.Entity;
import thing.Id;
import thing.Model;
import thing.Repo;
import thing.Session;
import thing.Thing;
import thing.Tx;
import thing.TxOptions;

/**
 * Money between accounts: what moves moves as a whole, a part can be taken back alone, and who loses against others is run
 * again. Usage: Transactions [URL]
 */
public class Transactions {
  /** It holds no debts. */
  @Model(table = "example_accounts")
  static class Account extends Entity {
    @Id(generated = false) long id;
    String owner;

    @Column(more = "{\"min\": 0}")
    long cents;
  }

  private static void add(Tx tx, long id, long cents) {
    Repo<Account> accounts = tx.locking().repo(Account.class); // what is read is not changed by others
    Account account = accounts.byId(id).orElseThrow(() -> new IllegalArgumentException("there is no such account"));
    account.cents += cents;
    accounts.save(account);
  }

  /** Moves money; at most five times, when others were faster. */
  private static void move(Thing db, long from, long to, long cents) {
    System.out.println(cents + " cents from " + from + " to " + to);
    db.useTx(
        TxOptions.DEFAULT.retry(5),
        tx -> {
          add(tx, to, cents);
          add(tx, from, -cents);
        });
  }

  private static void fail(Thing db, long from, long to, long cents, String expected) {
    String found = "no error";
    try {
      move(db, from, to, cents);
    } catch (RuntimeException e) {
      found = e.getMessage();
    }
    Show.expect(found, expected);
  }

  private static void balancesAre(Session where, String expected) {
    Show.act(where, "Account", "findMany", "{\"select\": [\"cents\"]}", expected);
  }

  /** The gift is taken back alone, the rest of the transaction stays. */
  private static void saveAPart(Thing db) {
    db.useTx(
        tx -> {
          add(tx, 1, 5);
          tx.savepoint("gift");
          add(tx, 2, 1000);
          balancesAre(tx, "[{\"cents\":705},{\"cents\":1800}]");
          tx.rollbackTo("gift");
        });
  }

  /**
   * Runs it.
   *
   * @param arguments a URL, or nothing
   */
  public static void main(String[] arguments) {
    try (Thing db = Show.open(arguments, Account.class)) {
      Show.act(
          db, "Account", "createMany",
          "{\"data\": [{\"id\": 1, \"owner\": \"Ann\", \"cents\": 1000}, {\"id\": 2, \"owner\": \"Bob\", \"cents\": 500}]}",
          "{\"count\":2}");
      move(db, 1, 2, 300);
      balancesAre(db, "[{\"cents\":700},{\"cents\":800}]");
      fail(db, 1, 2, 5000, "Account: 'cents': expected at least 0");
      fail(db, 3, 1, 10, "there is no such account");
      balancesAre(db, "[{\"cents\":700},{\"cents\":800}]");
      saveAPart(db);
      balancesAre(db, "[{\"cents\":705},{\"cents\":800}]");
      Show.act(db, "Account", "deleteMany", "{\"all\": true}", "{\"count\":2}");
    }
  }
}
