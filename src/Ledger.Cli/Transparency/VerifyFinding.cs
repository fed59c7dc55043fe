using Ledger.Cli.Diagnosis;
using Ledger.Cli.Languages;

namespace Ledger.Cli.Transparency;

/// <summary>What a verification looked at; scripts rely on the names, which are these in lower case.</summary>
internal enum VerifyCheck
{
    /// <summary>There is a checkpoint, and it has its form.</summary>
    Checkpoint,

    /// <summary>It is the log that was looked at before.</summary>
    Origin,

    /// <summary>A key that is held signed the checkpoint.</summary>
    Key,

    /// <summary>The signatures of held keys verify.</summary>
    Signature,

    /// <summary>The witnesses that are asked for signed it too.</summary>
    Cosignature,

    /// <summary>What the checkpoint covers is there.</summary>
    Missing,

    /// <summary>Bundles and tiles have their form.</summary>
    Format,

    /// <summary>The entries are those that the checkpoint covers.</summary>
    Entry,

    /// <summary>The tiles are those of the entries.</summary>
    Tile,

    /// <summary>The tree of all entries has the root that the checkpoint signs.</summary>
    Root,

    /// <summary>The log has not become shorter.</summary>
    Shrunk,

    /// <summary>What was there before is still there, unchanged.</summary>
    Consistency,

    /// <summary>What was acknowledged, by receipts, is in the log.</summary>
    Receipt,

    /// <summary>The events of a record are numbered without a gap.</summary>
    Revision,

    /// <summary>Each event of a record is the one that the event before it committed to.</summary>
    Chain,

    /// <summary>The bytes of an event make its leaf.</summary>
    Leaf,

    /// <summary>What is shown of a sealed event is what was recorded; and what is withheld.</summary>
    Disclosure,

    /// <summary>The leaf is in the tree that was signed.</summary>
    Inclusion,

    /// <summary>The events stand in the log in the order of the record.</summary>
    Order,

    /// <summary>The file holds as many events as it says.</summary>
    Count,

    /// <summary>The store holds what the log has.</summary>
    Store,

    /// <summary>A dossier shows what its evidence says, to the letter.</summary>
    Page,
}

/// <summary>What one check found.</summary>
/// <param name="Check">What was looked at.</param>
/// <param name="Weight">How it weighs; a problem means that the whole is not sound.</param>
/// <param name="Where">Where exactly, in the thing's own terms: a path, <c>entry 12</c>; null for the whole.</param>
/// <param name="Text">Key of the sentence.</param>
/// <param name="Arguments">What stands in it; a function of the texts where that depends on the language.</param>
internal sealed record VerifyFinding(VerifyCheck Check, Weight Weight, string? Where, string Text, params object?[] Arguments)
{
    public static VerifyFinding Good(VerifyCheck check, string text, params object?[] arguments) => new(check, Weight.Good, null, text, arguments);

    public static VerifyFinding Advice(VerifyCheck check, string text, params object?[] arguments) => new(check, Weight.Advice, null, text, arguments);

    public static VerifyFinding Problem(VerifyCheck check, string? where, string text, params object?[] arguments) =>
        new(check, Weight.Problem, where, text, arguments);

    public string Sentence(Texts texts) =>
        texts.Format(Text, [.. Arguments.Select(a => a is Func<Texts, string> inLanguage ? inLanguage(texts) : a)]);
}
