using System.CommandLine;
using Ledger.Cli.Hosting;
using Ledger.V1;

namespace Ledger.Cli.Decisions;

/// <summary>Whose trail: an employee number, looked up at the ledger, or the pseudonym.</summary>
internal sealed class WorkerOptions
{
    private readonly Option<string?> employee;
    private readonly Option<string?> worker;
    private readonly Option<string?>? purpose;

    /// <param name="session">The command line.</param>
    /// <param name="withPurpose">Whether the record is looked at, which others than the worker do for a purpose.</param>
    public WorkerOptions(Session session, bool withPurpose = true)
    {
        employee = new Option<string?>("--employee", "-e") { Description = session.Texts["option.employee"], HelpName = "N" };
        purpose = withPurpose ? new Option<string?>("--purpose") { Description = session.Texts["option.purpose"], HelpName = "TEXT" } : null;
        worker = new Option<string?>("--worker", "-w") { Description = session.Texts["option.worker"], HelpName = "PSEUDONYM" };
    }

    public void AddTo(Command command)
    {
        command.Options.Add(employee);
        command.Options.Add(worker);
        if (purpose is not null)
        {
            command.Options.Add(purpose);
        }
    }

    /// <summary>What the record is looked at for; the worker sees it.</summary>
    public string Purpose(ParseResult parsed) => purpose is null ? "" : parsed.GetValue(purpose) ?? "";

    /// <summary>Says what contradicts before anything is opened.</summary>
    public void Check(Session session, ParseResult parsed)
    {
        if (parsed.GetValue(employee) is not null && parsed.GetValue(worker) is not null)
        {
            throw new CommandFailure(ExitCode.Usage, session.Texts["usage.employeeOrWorker"]);
        }
    }

    /// <summary>The worker's resource name and pseudonym; of nobody in particular, the caller's own.</summary>
    /// <exception cref="CommandFailure">Nobody was named, and the token is no worker's.</exception>
    public async Task<Worker> FindAsync(
        Session session, LedgerConnection connection, ParseResult parsed, string organisation, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(worker) is { } pseudonym)
        {
            return new Worker { Name = $"organisations/{organisation}/workers/{pseudonym}", Worker_ = pseudonym };
        }

        if (parsed.GetValue(employee) is { } number)
        {
            return await connection.Workers.LookupWorkerAsync(
                new LookupWorkerRequest { Parent = $"organisations/{organisation}", EmployeeNumber = number }, connection.Call(cancellationToken));
        }

        Caller caller = await connection.Access.GetCallerAsync(new GetCallerRequest(), connection.Call(cancellationToken));
        return caller.Worker.Length > 0
            ? new Worker { Name = caller.Worker, Worker_ = caller.Worker[(caller.Worker.LastIndexOf('/') + 1)..] }
            : throw new CommandFailure(ExitCode.Usage, session.Texts["usage.whose"]);
    }
}
