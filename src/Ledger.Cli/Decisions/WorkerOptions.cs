using System.CommandLine;
using Ledger.Cli.Hosting;
using Ledger.V1;

namespace Ledger.Cli.Decisions;

/// <summary>Whose trail: an employee number, looked up at the ledger, or the pseudonym.</summary>
internal sealed class WorkerOptions
{
    private readonly Option<string?> employee;
    private readonly Option<string?> worker;

    public WorkerOptions(Session session)
    {
        employee = new Option<string?>("--employee", "-e") { Description = session.Texts["option.employee"], HelpName = "N" };
        worker = new Option<string?>("--worker", "-w") { Description = session.Texts["option.worker"], HelpName = "PSEUDONYM" };
    }

    public void AddTo(Command command)
    {
        command.Options.Add(employee);
        command.Options.Add(worker);
    }

    /// <summary>Says what is missing before anything is opened.</summary>
    public void Check(Session session, ParseResult parsed)
    {
        if (parsed.GetValue(employee) is null == parsed.GetValue(worker) is null)
        {
            throw new CommandFailure(ExitCode.Usage, session.Texts["usage.employeeOrWorker"]);
        }
    }

    /// <summary>The worker's resource name and pseudonym.</summary>
    public async Task<Worker> FindAsync(
        LedgerConnection connection, ParseResult parsed, string organisation, CancellationToken cancellationToken) =>
        parsed.GetValue(worker) is { } pseudonym
            ? new Worker { Name = $"organisations/{organisation}/workers/{pseudonym}", Worker_ = pseudonym }
            : await connection.Workers.LookupWorkerAsync(
                new LookupWorkerRequest { Parent = $"organisations/{organisation}", EmployeeNumber = parsed.GetRequiredValue(employee)! },
                connection.Call(cancellationToken));
}
