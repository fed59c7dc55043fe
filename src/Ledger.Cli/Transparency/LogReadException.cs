namespace Ledger.Cli.Transparency;

/// <summary>Why something of a log could not be used.</summary>
internal enum LogFault
{
    /// <summary>No answer, or one that says nothing about what was asked for: it may be there.</summary>
    Unreachable,

    /// <summary>The log says that it has none.</summary>
    Missing,

    /// <summary>Not in the form it must have.</summary>
    Malformed,

    /// <summary>Not part of the tree that the checkpoint signs.</summary>
    Unproven,
}

/// <summary>Something of a log could not be used.</summary>
/// <param name="fault">Why.</param>
/// <param name="path">What, below the log's address.</param>
/// <param name="reason">Key of a text that says more: what the network did.</param>
/// <param name="argument">What stands in that text.</param>
/// <param name="cause">What caused it.</param>
internal sealed class LogReadException(LogFault fault, string path, string? reason = null, string? argument = null, Exception? cause = null)
    : Exception($"{path}: {fault} {argument}", cause)
{
    public LogFault Fault { get; } = fault;

    public string Path { get; } = path;

    /// <summary>The same as a sentence.</summary>
    public string Sentence(Languages.Texts texts, string address) => Fault switch
    {
        LogFault.Unreachable => texts.Format("log.unreachable", address, Path, texts.Format(reason ?? "log.broken", argument)),
        LogFault.Missing => texts.Format("log.missing", address, Path),
        LogFault.Malformed => texts.Format("log.malformed", address, Path),
        _ => texts.Format("log.unproven", address, Path),
    };
}
