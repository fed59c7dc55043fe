namespace Ledger.Cli.Import;

/// <summary>Ends an import: the file cannot be read any further, or the server does not take it. The message is for people.</summary>
internal sealed class ImportException : Exception
{
    public ImportException(string message)
        : base(message)
    {
    }

    public ImportException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Whether the same command can succeed later, as when the server is away.</summary>
    public bool Later { get; init; }
}
