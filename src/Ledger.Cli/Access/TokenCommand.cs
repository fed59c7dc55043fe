using System.CommandLine;
using Ledger.Api.Access;
using Ledger.Cli.Hosting;
using Ledger.Cli.Languages;

namespace Ledger.Cli.Access;

/// <summary><c>ledger token</c>: a token of this machine for whoever holds its keys; a ledger takes it on loopback only.</summary>
internal static class TokenCommand
{
    public const string Schema = "ledger.token/1";
    private const double LongestHours = 24;

    public static Command Create(Session session)
    {
        Texts texts = session.Texts;
        Command command = new("token", texts["token.description"]);
        Option<DirectoryInfo> data = new("--data") { Description = texts["keys.data"], HelpName = "DIR", DefaultValueFactory = _ => new DirectoryInfo("data") };
        Option<DirectoryInfo?> keys = new("--keys") { Description = texts["token.keys"], HelpName = "DIR" };
        Option<string[]> role = new("--role", "-r") { Description = texts.Format("token.role", LocalIssuer.RolesInWords), HelpName = "ROLE", Required = true, AllowMultipleArgumentsPerToken = true };
        Option<string?> organisation = new("--organisation", "-o") { Description = texts["token.organisation"], HelpName = "ID" };
        Option<string?> employee = new("--employee", "-e") { Description = texts["token.employee"], HelpName = "N" };
        Option<string[]> unit = new("--unit") { Description = texts["token.unit"], HelpName = "NAME", AllowMultipleArgumentsPerToken = true };
        Option<string?> subject = new("--subject") { Description = texts["token.subject"], HelpName = "NAME" };
        Option<double> hours = new("--hours") { Description = texts.Format("token.hours", LongestHours), HelpName = "N", DefaultValueFactory = _ => LocalIssuer.UsualLifetime.TotalHours };
        Option<bool> json = session.JsonOption();
        foreach (Option option in new Option[] { data, keys, role, organisation, employee, unit, subject, hours, json })
        {
            command.Options.Add(option);
        }

        session.SetAction(command, json, async (parsed, _) =>
        {
            string directory = parsed.GetRequiredValue(data).FullName;
            string keysDirectory = parsed.GetValue(keys)?.FullName ?? DataDirectory.KeysOf(directory);
            Role[] roles = [.. parsed.GetRequiredValue(role).Select(name => LocalIssuer.RoleNamed(name)
                ?? throw new CommandFailure(ExitCode.Usage, texts.Format("token.noRole", name, LocalIssuer.RolesInWords)) { Field = "--role" })];
            if (parsed.GetValue(hours) is not (> 0 and <= LongestHours))
            {
                throw new CommandFailure(ExitCode.Usage, texts.Format("token.hoursRange", LongestHours)) { Field = "--hours" };
            }

            // A ledger that never ran here has no keys: a token made for it would open nothing.
            if (!Directory.Exists(keysDirectory))
            {
                throw new CommandFailure(ExitCode.Failed, texts.Format("data.keys", keysDirectory));
            }

            using LocalIssuer issuer = LocalKey.Open(session, keysDirectory);
            LocalGrant grant = new(
                parsed.GetValue(organisation) ?? (DataDirectory.Organisations(directory) is [var only] ? only : LedgerSettings.DefaultOrganisation),
                parsed.GetValue(subject) ?? $"{parsed.GetRequiredValue(role)[0]}@localhost",
                roles)
            {
                EmployeeNumber = parsed.GetValue(employee),
                BargainingUnits = parsed.GetValue(unit) ?? [],
            };
            DateTimeOffset now = session.Around.Time.GetUtcNow();
            TimeSpan lifetime = TimeSpan.FromHours(parsed.GetValue(hours));
            string token = issuer.Issue(grant, now, lifetime);
            await session.SayAsync(!parsed.GetValue(json) ? token : JsonLine.Write(writer =>
            {
                writer.WriteString("schema", Schema);
                writer.WriteString("token", token);
                writer.WriteString("organisation", grant.Organisation);
                writer.WriteString("expiresAt", now + lifetime);
            }));
            return ExitCode.Ok;
        });
        return command;
    }
}
