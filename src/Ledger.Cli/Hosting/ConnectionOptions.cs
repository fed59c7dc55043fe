using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ledger.Cli.Hosting;

/// <summary>The options of every command that speaks to a ledger: which one, and which organisation of it.</summary>
internal sealed class ConnectionOptions
{
    public const string ServerVariable = "LEDGER_SERVER";
    public const string OrganisationVariable = "LEDGER_ORGANISATION";
    public const string TokenVariable = "LEDGER_TOKEN";
    public const string DefaultServer = "http://127.0.0.1:5081";

    private readonly Option<string?> server;
    private readonly Option<FileInfo?> tokenFile;
    private readonly Option<FileInfo?> certificate;
    private readonly Option<FileInfo?> certificateKey;
    private readonly Option<DirectoryInfo?> data;
    private readonly Option<string?> organisation;

    public ConnectionOptions(Session session)
    {
        server = new Option<string?>("--server") { Description = session.Texts.Format("option.server", DefaultServer, ServerVariable), HelpName = "URL" };
        // A token among the arguments would stand in every list of processes.
        tokenFile = new Option<FileInfo?>("--token-file") { Description = session.Texts.Format("option.tokenFile", TokenVariable), HelpName = "FILE" };
        certificate = new Option<FileInfo?>("--certificate") { Description = session.Texts["option.certificate"], HelpName = "FILE" };
        certificateKey = new Option<FileInfo?>("--certificate-key") { Description = session.Texts["option.certificateKey"], HelpName = "FILE" };
        data = new Option<DirectoryInfo?>("--data") { Description = session.Texts["option.data"], HelpName = "DIR" };
        organisation = new Option<string?>("--organisation", "-o")
        {
            Description = session.Texts.Format("option.organisation", LedgerSettings.DefaultOrganisation, OrganisationVariable),
            HelpName = "ID",
        };
    }

    /// <summary>The options that say which ledger.</summary>
    public IReadOnlyList<Option> Ledger => [server, data];

    public void AddTo(Command command)
    {
        command.Options.Add(server);
        command.Options.Add(tokenFile);
        command.Options.Add(certificate);
        command.Options.Add(certificateKey);
        command.Options.Add(data);
        command.Options.Add(organisation);
    }

    /// <summary>The organisation named; else the only one that the data directory holds; else the default.</summary>
    public string Organisation(Session session, ParseResult parsed) =>
        parsed.GetValue(organisation)
        ?? session.Around.Variable(OrganisationVariable)
        ?? (parsed.GetValue(data) is { } directory && DataDirectory.Organisations(directory.FullName) is [var only] ? only : LedgerSettings.DefaultOrganisation);

    /// <summary>Opens the ledger that the command line names.</summary>
    public Task<LedgerConnection> OpenAsync(Session session, ParseResult parsed, CancellationToken cancellationToken) =>
        OpenAsync(session, parsed, Organisation(session, parsed), cancellationToken);

    /// <summary>The same for an organisation that other options name; without one, the ledger itself refuses what it does not hold.</summary>
    public async Task<LedgerConnection> OpenAsync(
        Session session, ParseResult parsed, string? organisation, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(data) is { } directory)
        {
            return parsed.GetValue(server) is not null
                ? throw new CommandFailure(ExitCode.Usage, session.Texts["usage.serverOrData"])
                : await LedgerConnection.ToDirectoryAsync(session, directory.FullName, organisation, cancellationToken);
        }

        string address = parsed.GetValue(server) ?? session.Around.Variable(ServerVariable) ?? DefaultServer;
        return Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"
            ? LedgerConnection.ToServer(session, uri, await TokenAsync(session, parsed, cancellationToken), Certificate(session, parsed))
            : throw new CommandFailure(ExitCode.Usage, session.Texts.Format("usage.address", address));
    }

    private X509Certificate2? Certificate(Session session, ParseResult parsed)
    {
        if (parsed.GetValue(certificate) is not { } file)
        {
            return parsed.GetValue(certificateKey) is null ? null
                : throw new CommandFailure(ExitCode.Usage, session.Texts["certificate.keyAlone"]) { Field = "--certificate-key" };
        }

        try
        {
            return X509Certificate2.CreateFromPemFile(file.FullName, parsed.GetValue(certificateKey)?.FullName);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Usage, session.Texts.Format("certificate.unreadable", file.FullName, e.Message), e) { Field = "--certificate" };
        }
    }

    private async Task<string?> TokenAsync(Session session, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(tokenFile) is not { } file)
        {
            return session.Around.Variable(TokenVariable);
        }

        try
        {
            return (await File.ReadAllTextAsync(file.FullName, cancellationToken)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Usage, session.Texts.Format("token.unreadable", file.FullName, e.Message), e) { Field = "--token-file" };
        }
    }
}
