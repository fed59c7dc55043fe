using System.Text;

namespace Ledger.Scenarios.Transparency;

/// <summary>Writes <c>docs/tampering.md</c> from what the scenario saw.</summary>
internal static class TamperingTable
{
    private static readonly (Party Party, string Name)[] Columns =
    [
        (Party.Receipts, "receipts"), (Party.Evidence, "evidence file"), (Party.Witness, "witness"), (Party.Auditor, "auditor"),
        (Party.Newcomer, "newcomer"), (Party.Operator, "operator"), (Party.Log, "the log"), (Party.Asker, "asks again"),
    ];

    public static string Write(IEnumerable<(Tampering Tampering, Dictionary<Party, Sight> Sights)> rows)
    {
        StringBuilder page = new(Head);
        foreach (IGrouping<Kind, (Tampering Tampering, Dictionary<Party, Sight> Sights)> kind in rows.GroupBy(r => r.Tampering.Kind))
        {
            (Party Party, string Name)[] columns = [.. Columns.Where(c => c.Party != Party.Asker || kind.Key == Kind.Store)];
            page.Append(Explain(kind.Key)).Append("\n\n| what is done | ").AppendJoin(" | ", columns.Select(c => c.Name))
                .Append(" |\n|---|").AppendJoin("", columns.Select(_ => "---|")).Append('\n');
            foreach ((Tampering tampering, Dictionary<Party, Sight> sights) in kind)
            {
                page.Append("| ").Append(tampering.Name).Append(" | ")
                    .AppendJoin(" | ", columns.Select(c => sights.TryGetValue(c.Party, out Sight? sight) ? sight.Checks : "")).Append(" |\n");
            }
        }

        return page.Append(Foot).ToString();
    }

    private static string Explain(Kind kind) => kind switch
    {
        Kind.Store =>
            """

            ## In the store, past the ledger

            The published log stays as it was. Whoever looks at the log alone sees nothing wrong, and there nothing is: it still proves what was
            recorded. The store differs from it, which the operator's check finds and names, event and all; and the ledger can make no evidence
            file any more that says otherwise.
            """,
        Kind.Rewritten =>
            """

            ## In the store, and the log signed anew

            Somebody with the server and the log's key changes the store, throws away all tiles and checkpoints, and lets the log sign what is left.
            Store and log then agree with each other, so the operator's own check has nothing to find: it protects the operator, and is no
            protection from the operator. Everybody outside who kept anything finds it.
            """,
        Kind.History =>
            """

            ## Checkpoints, backups, forks
            """,
        _ =>
            """

            ## The files of the log, and its key
            """,
    };

    private const string Head =
        """
        # What tampering is found, and by whom

        Made by `tests/Ledger.Scenarios/Transparency/TamperingScenarios.cs`; do not edit. A real ledger records 10,000 events about 100 workers. When
        2,500 are in, its data directory is copied as a backup. When 5,000 are in, a union's witness and an auditor look, and a worker takes an
        evidence file. At the end the witness signs once more. The server is stopped, and each thing below is done to a fresh copy of all it
        has. Then everybody looks, with what they hold and one command:

        | who | holds | looks with |
        |---|---|---|
        | receipts | a receipt of every decision, kept by the producer | `ledger verify --log URL --log-key KEY --receipts FILE` |
        | evidence file | a worker's evidence file, from when half was in | `ledger verify FILE --log URL --log-key KEY` |
        | witness | the last checkpoint it signed, from when half was in | `ledger witness --log URL --log-key KEY --state DIR` |
        | auditor | the checkpoint of the last look, from when half was in | `ledger verify --log URL --log-key KEY --state DIR` |
        | newcomer | nothing but the keys of the log and of the witness | `ledger verify --log URL --log-key KEY --witness-key KEY` |
        | operator | the store, and a backup's | `ledger verify --data DIR --log-key KEY` |
        | the log | | itself, when the server starts again: what it finds wrong it does not sign over |
        | asks again | the log's key: a worker who wants evidence now | `ledger export --worker W --evidence FILE`, then `ledger verify FILE --log-key KEY` |

        In the tables stands the name of the check that found it, as `--json` gives it, and in brackets the exit code; – means that this party sees
        nothing wrong. An untouched copy is sound for all of them. Each of the things below is found by somebody.

        """;

    private const string Foot =
        """

        ## Every bit

        `EveryBitScenarios.cs`, beside it, flips every single bit of 1,000 events in turn (stream, revision, id, type, metadata, data): each is found, and
        named for what it is. It flips some hundred in a real store, where the event is named, and some in random bytes of the store's file:
        these are found and the event named, or the file cannot be read and `ledger verify` says so (exit code 2), or nothing that the log
        proves was touched.

        ## What to know when reading this

        - A witness or an auditor finds what contradicts their last look. What was recorded after it, and cut off before the next, is known to
          receipts only (see “cut off everything after event 9,000”): so a witness looks every few seconds.
        - For a newcomer, `cosignature` alone may also mean that the witness has not looked since. If it stays so, ask the witness.
        - `behind` and `shrunk` may be an old copy on the way, as of a cache. If it stays so, it is not.
        - A receipt holds the log to the decision, not to its place among those of others.
        - An event that is in no published checkpoint yet is known to the store and to who has its receipt, and to nobody else.

        ## What none of this proves

        That what a producer reported is true, or that everything was reported. And in the store nobody claims anything of: the column `created`,
        which is when the store took an event (`recordedAt` is in the metadata, and proven); ids, metadata and store positions of
        `checkpoint-signed.v1` events; streams `trailindex-…`, which are made again at will; SQLite's empty pages. `ledger verify --data` reads an
        EventStoreDB through its own protocol and cannot look into its files.

        """;
}
